<?php

declare(strict_types=1);

namespace SupportConnector\Panels;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Answers the panel's script in wp-admin. */
final class PanelRoute implements Part
{
    public const ACTION = 'support_connector_panel';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('wp_ajax_' . self::ACTION, [$this, 'answer']);
    }

    /** @param string $what `order` or `user`. */
    public static function url(string $what, string $id): string
    {
        $asked = ['action' => self::ACTION, 'what' => $what, 'id' => $id, '_wpnonce' => \wp_create_nonce(self::ACTION)];
        return \add_query_arg($asked, \admin_url('admin-ajax.php'));
    }

    public function answer(): void
    {
        Guard::admin(self::ACTION, Capabilities::VIEW);
        \nocache_headers();
        $view = new PanelView($this->plugin);
        \ob_start();
        $shown = Plugin::safely(static fn (): bool => $view->show(Input::text('what'), Input::text('id')));
        $html = (string) \ob_get_clean();
        \wp_send_json(['html' => $shown ? $html : ''], $shown ? 200 : 503);
    }
}
