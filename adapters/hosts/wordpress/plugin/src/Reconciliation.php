<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Once a day, and when asked: marks whatever changed since the last time, whether or not a hook said so (bulk edits,
 * imports, a database that refused the mark). What reads as it was last sent costs no delivery. Old rows go, too.
 */
final class Reconciliation implements Part
{
    private const SINCE = 'support_connector_compared';
    private const OVERLAP = 86400;
    private const KEEP_SENT = 14 * 86400;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('support_connector_day', [$this, 'daily']);
    }

    public function daily(): void
    {
        Plugin::safely([$this, 'compare']);
        Plugin::safely(fn () => $this->plugin->outbox()->forget_sent(\time() - self::KEEP_SENT));
        Plugin::safely(fn () => $this->plugin->news()->forget_old());
    }

    /** After changes could not be noted: as soon as the table is there again. */
    public function after_trouble(): void
    {
        $since = (int) \get_option(Outbox::UNMARKED_SINCE);
        if ($since && Schema::make() === '') {
            $this->compare($since);
            \delete_option(Outbox::UNMARKED_SINCE);
        }
    }

    /**
     * @param int|null $since Unix seconds; left out: since the last comparison, and a day before it.
     * @return int How many objects were marked.
     * @throws Unstored
     */
    public function compare(?int $since = null): int
    {
        $begun = \time();
        $since = $since ?? (int) \get_option(self::SINCE, $begun) - self::OVERLAP;
        $marked = 0;
        $whole = true;
        foreach ($this->plugin->sources()->wanted() as $name => $source) {
            $found = Plugin::safely(
                function () use ($name, $source, $since): int {
                    $count = 0;
                    foreach ($source->changed_since($since) as $object) {
                        $this->plugin->outbox()->put($name, (string) $object);
                        $count++;
                    }
                    return $count;
                }
            );
            $marked += (int) $found;
            $whole = $whole && $found !== null;
        }
        if ($whole) {
            \update_option(self::SINCE, $begun, false);
        }
        return $marked;
    }
}
