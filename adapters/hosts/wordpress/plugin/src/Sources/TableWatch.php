<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Schema;

/**
 * Hears of a plugin's changes where it has no hook for them: every statement passes WordPress' filter `query`. What was
 * written is looked up when the request ends.
 */
final class TableWatch
{
    /** @var list<string> Names of tables, without WordPress' prefix. */
    private array $tables;

    private ?int $since = null;

    /** @param list<string> $tables */
    public function __construct(array $tables)
    {
        $this->tables = $tables;
    }

    /** @param callable(int): void $written Called once, with the unix second of the first writing. */
    public function hooks(callable $written): void
    {
        \add_filter('query', [$this, 'saw'], 999);
        \add_action(
            'shutdown',
            function () use ($written): void {
                $since = $this->since;
                $this->since = null;
                if ($since !== null) {
                    $written($since);
                }
            },
            -10
        );
    }

    /**
     * @param mixed $sql
     * @return mixed The same.
     */
    public function saw($sql)
    {
        if ($this->since === null && \is_string($sql) && \preg_match('/^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i', $sql)) {
            $prefix = Schema::wpdb()->prefix;
            foreach ($this->tables as $table) {
                if (\preg_match('/\b' . \preg_quote($prefix . $table, '/') . '\b/', \substr($sql, 0, 200))) {
                    $this->since = \time();
                }
            }
        }
        return $sql;
    }
}
