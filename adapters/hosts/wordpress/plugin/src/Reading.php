<?php

declare(strict_types=1);

namespace SupportConnector;

/** What a source read of one object: events to send, and a state to remember once all of them have arrived. */
final class Reading
{
    /** @var list<Event> */
    public array $events;

    /** @var array<string, mixed> */
    public array $state;

    /**
     * @param list<Event> $events
     * @param array<string, mixed> $state Given back to the next reading as its `$last`; anything JSON can hold.
     */
    public function __construct(array $events, array $state = [])
    {
        $this->events = $events;
        $this->state = $state;
    }

    /** The same for the same events, whatever the time: an object that reads as it was sent is not sent again. */
    public function digest(): string
    {
        $told = \array_map(static fn (Event $event): array => [$event->type, $event->data], $this->events);
        return \hash('sha256', Event::json($told));
    }
}
