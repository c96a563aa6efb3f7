<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Input;

/** What a customer fills in: read from the form, checked, and kept as he typed it. */
final class Fields
{
    public const LINES = ['purchase', 'license_key', 'order_id', 'email', 'name', 'site', 'product', 'kind', 'severity', 'subject', 'versions', 'modified'];
    public const TEXTS = ['message', 'reproduction', 'links'];
    private const LONGEST_LINE = 1000;
    private const LONGEST_TEXT = 50000;

    /** @var array<string, string> */
    private array $typed;

    /** @var list<string> */
    public array $confirmed;

    /**
     * @param array<string, string> $typed
     * @param list<string> $confirmed Names of Choices::statements() that were ticked.
     */
    public function __construct(array $typed, array $confirmed = [])
    {
        $this->typed = $typed;
        $this->confirmed = $confirmed;
    }

    /** As the form brought them. The caller has checked that it is our form. */
    public static function posted(): self
    {
        $typed = [];
        foreach (self::LINES as $name) {
            $typed[$name] = \trim((string) \preg_replace('/\s+/u', ' ', Input::typed('sc_' . $name)));
        }
        foreach (self::TEXTS as $name) {
            $typed[$name] = \trim(Input::typed('sc_' . $name));
        }
        return new self($typed, \array_values(\array_intersect(Input::list('sc_confirmed'), \array_keys(Choices::statements()))));
    }

    /** @param array<string, mixed> $kept What `kept()` gave. */
    public static function from(array $kept): self
    {
        $typed = \array_filter($kept, 'is_string');
        return new self($typed, \array_values(\array_filter((array) ($kept['confirmed'] ?? []), 'is_string')));
    }

    public function get(string $name): string
    {
        return $this->typed[$name] ?? '';
    }

    /** @return array<string, mixed> */
    public function kept(): array
    {
        return \array_filter($this->typed, static fn (string $text): bool => $text !== '') + ['confirmed' => $this->confirmed];
    }

    /** The same for the same words. */
    public function digest(): string
    {
        return \hash('sha256', (string) \wp_json_encode($this->kept()));
    }

    /** @return list<string> The texts in which somebody might write a password. */
    public function prose(): array
    {
        return [$this->get('subject'), $this->get('message'), $this->get('reproduction'), $this->get('versions')];
    }

    /**
     * What is missing or cannot be used, as field => sentence.
     *
     * @return array<string, string>
     */
    public function faults(bool $guest): array
    {
        $faults = [];
        if ($guest && ! \is_email($this->get('email'))) {
            $faults['email'] = __('Please write your e-mail address, such as name@example.com: the answer goes there.', 'support-connector');
        }
        if (! isset(Choices::kinds()[$this->get('kind')])) {
            $faults['kind'] = __('Please choose what your request is about.', 'support-connector');
        }
        if ($this->get('subject') === '') {
            $faults['subject'] = __('Please say in a few words what it is about.', 'support-connector');
        }
        if ($this->get('message') === '') {
            $faults['message'] = __('Please describe your question or trouble.', 'support-connector');
        }
        return $faults + $this->too_long();
    }

    /** @return array<string, string> */
    private function too_long(): array
    {
        $faults = [];
        foreach ($this->typed as $name => $text) {
            $most = \in_array($name, self::TEXTS, true) ? self::LONGEST_TEXT : self::LONGEST_LINE;
            if (\strlen($text) > $most) {
                /* translators: %s: a number */
                $words = __('This is too long: at most %s characters are taken. Put long logs into a file and give its link.', 'support-connector');
                $faults[$name] = \sprintf($words, \number_format_i18n($most));
            }
        }
        return $faults;
    }
}
