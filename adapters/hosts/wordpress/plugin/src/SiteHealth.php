<?php

declare(strict_types=1);

namespace SupportConnector;

/** Tools > Site Health: whether deliveries get through, by the last one that really did, and how many wait. */
final class SiteHealth implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_filter('site_status_tests', [$this, 'tests']);
        \add_filter('debug_information', [$this, 'information']);
    }

    /**
     * @param array<string, array<string, mixed>> $tests
     * @return array<string, array<string, mixed>>
     */
    public function tests($tests)
    {
        $tests['direct']['support_connector'] = ['label' => __('Support Connector', 'support-connector'), 'test' => [$this, 'test']];
        return $tests;
    }

    /** @return array<string, mixed> */
    public function test(): array
    {
        $pause = $this->plugin->pause();
        $state = $this->plugin->connection()->state();
        $obstacles = (new Obstacles($this->plugin))->found();
        $waiting = Plugin::safely(fn (): int => $this->plugin->outbox()->counts()[Row::WAITING] ?? 0);
        $bad = $state === Connection::UNREADABLE || $waiting === null || ($pause->since() > 0 && \time() - $pause->since() > 3600);
        $fine = $state === Connection::READY && $pause->since() === 0 && $pause->last_success() > 0 && $obstacles === [];
        $lines = \array_filter(\array_merge([$this->last(), $pause->reason()], $obstacles, [$this->fault()]));
        /* translators: %d: a number of changes */
        $lines[] = \sprintf(__('%d changes wait to be sent.', 'support-connector'), (int) $waiting);
        return [
            'label' => $this->label($fine, $state),
            'status' => $bad ? 'critical' : ($fine ? 'good' : 'recommended'),
            'badge' => ['label' => __('Support Connector', 'support-connector'), 'color' => 'blue'],
            'description' => '<p>' . \implode('</p><p>', \array_map('esc_html', $lines)) . '</p>',
            'actions' => '<a href="' . \esc_url(Settings\Page::url()) . '">' . \esc_html__('Settings', 'support-connector') . '</a>',
            'test' => 'support_connector',
        ];
    }

    /**
     * @param array<string, mixed> $information
     * @return array<string, mixed>
     */
    public function information($information)
    {
        $counts = (array) Plugin::safely(fn (): array => $this->plugin->outbox()->counts());
        $information['support-connector'] = [
            'label' => __('Support Connector', 'support-connector'),
            'fields' => [
                'state' => ['label' => __('Connection', 'support-connector'), 'value' => $this->plugin->connection()->state()],
                'last' => ['label' => __('Last delivery', 'support-connector'), 'value' => $this->last()],
                'rows' => ['label' => __('Rows', 'support-connector'), 'value' => Event::json((object) $counts)],
                'size' => ['label' => __('Size of the tables', 'support-connector'), 'value' => \size_format(Schema::bytes(), 1)],
                'sources' => ['label' => __('Sources', 'support-connector'), 'value' => \implode(', ', \array_keys($this->plugin->sources()->wanted()))],
            ],
        ];
        return $information;
    }

    private function label(bool $fine, string $state): string
    {
        if ($fine) {
            return __('Your shop and the support connector talk to each other', 'support-connector');
        }
        return $state === Connection::NONE
            ? __('Support Connector is not connected yet', 'support-connector')
            : __('Deliveries to the support connector need your attention', 'support-connector');
    }

    private function last(): string
    {
        $last = $this->plugin->pause()->last_success();
        if ($last === 0) {
            return __('No delivery was taken yet.', 'support-connector');
        }
        /* translators: %s: a span of time */
        $words = \sprintf(__('The last delivery was taken %s ago.', 'support-connector'), \human_time_diff($last));
        $news = (int) Plugin::safely(fn (): int => $this->plugin->news()->last_received());
        /* translators: %s: a span of time */
        return $news === 0 ? $words : $words . ' ' . \sprintf(__('The last news came %s ago.', 'support-connector'), \human_time_diff($news));
    }

    /** The last fault of ours that was caught, for a day. */
    private function fault(): string
    {
        $fault = \get_option(Plugin::FAULT);
        return \is_array($fault) && \time() - (int) $fault['at'] < 86400 ? (string) $fault['words'] : '';
    }
}
