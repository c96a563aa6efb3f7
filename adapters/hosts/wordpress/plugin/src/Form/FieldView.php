<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/** One field with its label, its hint and its fault, tied together for screen readers. */
final class FieldView
{
    private Fields $fields;

    /** @var array<string, string> */
    private array $faults;

    /** @param array<string, string> $faults */
    public function __construct(Fields $fields, array $faults)
    {
        $this->fields = $fields;
        $this->faults = $faults;
    }

    /** @param array<string, string> $more Attributes. */
    public function line(string $name, string $label, string $hint = '', array $more = []): void
    {
        $this->open($name, $label, isset($more['required']));
        echo '<input class="support-connector-input" name="', \esc_attr('sc_' . $name), '" value="', \esc_attr($this->fields->get($name)), '"';
        $this->close_tag($name, $hint, $more + ['type' => 'text', 'maxlength' => '1000']);
        $this->close($name, $hint);
    }

    /** @param array<string, string> $more Attributes. */
    public function text(string $name, string $label, string $hint = '', array $more = []): void
    {
        $this->open($name, $label, isset($more['required']));
        echo '<textarea class="support-connector-input" name="', \esc_attr('sc_' . $name), '"';
        $this->close_tag($name, $hint, $more + ['rows' => '8']);
        echo \esc_textarea($this->fields->get($name)), '</textarea>';
        $this->close($name, $hint);
    }

    /**
     * @param array<string, string> $choices value => words
     * @param array<string, string> $more Attributes.
     */
    public function choice(string $name, string $label, array $choices, string $none, string $hint = '', array $more = []): void
    {
        $this->open($name, $label, isset($more['required']));
        echo '<select class="support-connector-input" name="', \esc_attr('sc_' . $name), '"';
        $this->close_tag($name, $hint, $more);
        echo '<option value="">', \esc_html($none), '</option>';
        foreach ($choices as $value => $words) {
            echo '<option value="', \esc_attr((string) $value), '"';
            \selected($this->fields->get($name), (string) $value);
            echo '>', \esc_html($words), '</option>';
        }
        echo '</select>';
        $this->close($name, $hint);
    }

    /** @param array<string, string> $statements */
    public function statements(string $legend, array $statements): void
    {
        echo '<fieldset class="support-connector-field" id="sc-confirmed" tabindex="-1"><legend>', \esc_html($legend), '</legend>';
        foreach ($statements as $name => $words) {
            echo '<p><label><input type="checkbox" name="sc_confirmed[]" value="', \esc_attr($name), '"';
            \checked(\in_array($name, $this->fields->confirmed, true));
            echo '> ', \esc_html($words), '</label></p>';
        }
        $this->fault('confirmed');
        echo '</fieldset>';
    }

    private function open(string $name, string $label, bool $required): void
    {
        echo '<p class="support-connector-field"><label for="', \esc_attr('sc-' . $name), '">', \esc_html($label);
        if ($required) {
            echo ' <span class="support-connector-required">', \esc_html__('(needed)', 'support-connector'), '</span>';
        }
        echo '</label>';
    }

    /** @param array<string, string> $more */
    private function close_tag(string $name, string $hint, array $more): void
    {
        $said = 'sc-' . $name . '-fault' . ($hint === '' ? '' : ' sc-' . $name . '-hint');
        $more += ['id' => 'sc-' . $name, 'aria-describedby' => $said] + (isset($this->faults[$name]) ? ['aria-invalid' => 'true'] : []);
        foreach ($more as $attribute => $value) {
            echo ' ', \esc_attr($attribute), '="', \esc_attr($value), '"';
        }
        echo '>';
    }

    private function close(string $name, string $hint): void
    {
        if ($hint !== '') {
            echo '<span class="support-connector-hint" id="', \esc_attr('sc-' . $name . '-hint'), '">', \esc_html($hint), '</span>';
        }
        $this->fault($name);
        echo '</p>';
    }

    private function fault(string $name): void
    {
        echo '<span class="support-connector-fault" id="', \esc_attr('sc-' . $name . '-fault'), '">', \esc_html($this->faults[$name] ?? ''), '</span>';
    }
}
