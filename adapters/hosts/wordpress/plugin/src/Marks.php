<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Writes the changes of this request into the outbox: the first of an object at once, so that a crash loses nothing, and
 * the others together at the end, so that twenty edits are two writes.
 */
final class Marks
{
    private SourceList $sources;
    private Outbox $outbox;

    /** @var array<string, array{int, string, string, string, int}> Blog, source, object, subject and how often it changed. */
    private array $seen = [];

    public function __construct(SourceList $sources, Outbox $outbox)
    {
        $this->sources = $sources;
        $this->outbox = $outbox;
    }

    public function hooks(): void
    {
        foreach ($this->sources->wanted() as $source) {
            Plugin::safely(
                fn () => $source->hooks(
                    function ($object, $subject = '') use ($source): void {
                        Plugin::safely(fn () => $this->changed($source->name(), (string) $object, (string) $subject));
                    }
                )
            );
        }
        \add_action('shutdown', [$this, 'write_rest'], 0);
    }

    public function changed(string $source, string $object, string $subject): void
    {
        $key = \get_current_blog_id() . '|' . $source . '|' . $object;
        $times = ($this->seen[$key][4] ?? 0) + 1;
        $this->seen[$key] = [\get_current_blog_id(), $source, $object, $subject, $times];
        if ($times === 1) {
            $this->outbox->mark($source, $object, $subject);
        }
    }

    public function any(): bool
    {
        return $this->seen !== [];
    }

    public function write_rest(): void
    {
        foreach ($this->seen as $key => [$blog, $source, $object, $subject, $times]) {
            if ($times < 2) {
                continue;
            }
            $this->seen[$key][4] = 1;
            Plugin::safely(fn () => Plugin::on_blog($blog, fn () => $this->outbox->mark($source, $object, $subject)));
        }
    }
}
