<?php

declare(strict_types=1);

namespace SupportConnector;

/** Puts the plugin together; `Plugin::get()` is how templates and other plugins reach it. */
final class Plugin
{
    public const VERSION = '1.0.0';

    /** Option: the last fault of ours that was caught, `{at, words}`. */
    public const FAULT = 'support_connector_last_fault';

    /** What adds hooks of its own; each is made with the Plugin. */
    private const PARTS = [
        Languages::class,
        Capabilities::class,
        Schedule::class,
        Reconciliation::class,
        Receiver::class,
        SiteHealth::class,
        Privacy::class,
        Commands::class,
        Updates::class,
        Settings\Page::class,
        Settings\ConnectionSection::class,
        Settings\SourcesSection::class,
        Settings\ProductsSection::class,
        Settings\SyncSection::class,
        Settings\DeliveriesSection::class,
        Settings\RemovalSection::class,
        Settings\CopyNotice::class,
        Form\Placement::class,
        Form\Sending::class,
        Form\Arrival::class,
        Form\DraftPrivacy::class,
        Account\StandingRoute::class,
        Account\AddressRoute::class,
        Account\WooAccount::class,
        Account\WooKeys::class,
        Account\EddAccount::class,
        Panels\Boxes::class,
        Panels\PanelRoute::class,
        Sources\WooCommerceFeatures::class,
    ];

    private static ?self $only = null;

    private string $file;
    private Connection $connection;
    private Outbox $outbox;
    private SourceList $sources;
    private Pause $pause;
    private Marks $marks;
    private Sender $sender;
    private Api $api;
    private News $news;
    private Sync $sync;

    private function __construct(string $file)
    {
        $this->file = $file;
        $this->connection = new Connection();
        $this->outbox = new Outbox();
        $this->sources = new SourceList();
        $this->pause = new Pause();
        $this->marks = new Marks($this->sources, $this->outbox);
        $this->sender = new Sender($this->connection, $this->outbox, new Memory(), $this->sources, $this->pause);
        $this->api = new Api($this->connection);
        $this->news = new News();
        $this->sync = new Sync($this->sources, $this->outbox);
    }

    public static function start(string $file): void
    {
        self::$only = new self($file);
        \add_action('plugins_loaded', [self::$only, 'hooks'], 20);
    }

    public static function get(): self
    {
        if (self::$only === null) {
            throw new \LogicException('The plugin was not started.');
        }
        return self::$only;
    }

    public function hooks(): void
    {
        foreach (self::PARTS as $class) {
            self::safely(fn () => (new $class($this))->hooks());
        }
        $this->marks->hooks();
    }

    public function connection(): Connection
    {
        return $this->connection;
    }

    public function outbox(): Outbox
    {
        return $this->outbox;
    }

    public function sources(): SourceList
    {
        return $this->sources;
    }

    public function pause(): Pause
    {
        return $this->pause;
    }

    public function marks(): Marks
    {
        return $this->marks;
    }

    public function sender(): Sender
    {
        return $this->sender;
    }

    public function api(): Api
    {
        return $this->api;
    }

    public function news(): News
    {
        return $this->news;
    }

    public function sync(): Sync
    {
        return $this->sync;
    }

    /** Now, by the connector's clock: ours where the two agree. */
    public function their_time(): int
    {
        return \time() + $this->pause->clock_shift();
    }

    /** The address of a file of the plugin, for scripts and styles. */
    public function url(string $path): string
    {
        return \plugins_url($path, $this->file);
    }

    /** The path of a file of the plugin. */
    public function path(string $path): string
    {
        return \plugin_dir_path($this->file) . $path;
    }

    public function file(): string
    {
        return $this->file;
    }

    /**
     * Calls it and lets nothing out: a fault of ours must not break a checkout, an order screen or WP-Cron. The fault is
     * kept for Site Health and `wp support-connector doctor`.
     *
     * @return mixed What it returned; null where it threw.
     */
    public static function safely(callable $call)
    {
        try {
            return $call();
        } catch (\Throwable $fault) {
            $words = \sprintf('%s (%s:%d)', $fault->getMessage(), \basename($fault->getFile()), $fault->getLine());
            \update_option(self::FAULT, ['at' => \time(), 'words' => \substr($words, 0, 500)], false);
            return null;
        }
    }

    /** @return mixed What the call returned, made on that site of the network. */
    public static function on_blog(int $blog, callable $call)
    {
        if (! \is_multisite() || $blog === \get_current_blog_id()) {
            return $call();
        }
        \switch_to_blog($blog);
        try {
            return $call();
        } finally {
            \restore_current_blog();
        }
    }
}
