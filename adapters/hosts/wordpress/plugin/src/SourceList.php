<?php

declare(strict_types=1);

namespace SupportConnector;

/** The sources whose shop plugin is active. Other plugins add theirs by the filter `support_connector_sources`. */
final class SourceList
{
    /** Option: names of the sources that the owner switched off. */
    public const OFF = 'support_connector_sources_off';

    /** Each is made without arguments. */
    private const CLASSES = [
        Sources\WooCommerceOrders::class,
        Sources\WooCommerceSubscriptions::class,
        Sources\EddOrders::class,
        Sources\EddLicenses::class,
        Sources\LmfwcLicenses::class,
        Sources\DlmLicenses::class,
    ];

    /** Not of a shop, but of the customer who waits for its answer: never to be switched off. */
    private const ALWAYS = [
        Form\SupportRequests::NAME => Form\SupportRequests::class,
    ];

    /** @var array<string, Source>|null */
    private ?array $active = null;

    /** @return array<string, Source> By name. From `plugins_loaded` on. */
    public function active(): array
    {
        if ($this->active === null) {
            $this->active = [];
            $made = \array_map(static fn (string $class): Source => new $class(), self::CLASSES);
            foreach (\apply_filters('support_connector_sources', $made) as $source) {
                if ($source instanceof Source && Plugin::safely(static fn (): bool => $source->active())) {
                    $this->active[$source->name()] = $source;
                }
            }
        }
        return $this->active;
    }

    public function get(string $name): ?Source
    {
        $class = self::ALWAYS[$name] ?? null;
        return $class === null ? ($this->active()[$name] ?? null) : new $class();
    }

    /** @return array<string, Source> Those the owner did not switch off. */
    public function wanted(): array
    {
        $off = (array) \get_option(self::OFF, []);
        return \array_filter($this->active(), static fn (Source $source): bool => ! \in_array($source->name(), $off, true));
    }
}
