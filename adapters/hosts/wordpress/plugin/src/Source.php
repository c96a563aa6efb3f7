<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * One kind of thing a shop plugin keeps: its orders, its licences, its subscriptions.
 *
 * A source never sends. Its hooks say "this object changed"; the object is read when its turn to be sent comes, so that
 * what is sent is how things stand then, however often it changed before.
 */
interface Source
{
    /** A short fixed name, `[a-z_]{1,32}`: it is stored in tables and settings. */
    public function name(): string;

    /** What the owner reads in the settings, translated. Called after `init` only. */
    public function label(): string;

    /** Whether the shop plugin is there and the source can read from it. Called on `plugins_loaded`. */
    public function active(): bool;

    /**
     * Adds the hooks of the shop plugin. They do nothing but call `$changed(object id, subject)`.
     *
     * @param callable(string, string=): void $changed The subject (a licence, up to 190 characters) may be left out: it
     *        names what the order of sending is kept for, where several objects tell of one thing.
     */
    public function hooks(callable $changed): void;

    /**
     * How the object stands now, as events of the standard format, in the order in which they are to arrive.
     *
     * An object that is gone is told with what is known of it (`license.deleted`), or with no event at all. Whatever is
     * thrown here is kept as the reason of the row, which is tried again later.
     *
     * @param array<string, mixed> $last What the reading before gave as its state, once all of it had arrived; empty at first.
     */
    public function read(string $object, array $last): Reading;

    /**
     * The objects changed since then (unix seconds, inclusive): for the daily comparison, and after a failure.
     *
     * @return iterable<string>
     */
    public function changed_since(int $time): iterable;

    /**
     * For sending everything: up to `$limit` objects that follow `$after` ('' at the beginning), in an order that does not change.
     *
     * @return list<string>
     */
    public function after(string $after, int $limit): array;

    /** How many objects there are, about: for the progress bar. */
    public function count(): int;
}
