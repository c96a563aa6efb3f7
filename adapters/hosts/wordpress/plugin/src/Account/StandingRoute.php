<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Answers the account panel's script: how a signed-in customer's own purchase stands. */
final class StandingRoute implements Part
{
    private const NAME = 'support-connector-standing';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('wp_loaded', [$this, 'listen'], 15);
    }

    /** @return array<string, string> What the connector is asked by; [] where nothing names the purchase. */
    public static function query(Purchase $purchase): array
    {
        if ($purchase->key !== '') {
            return ['license_key' => $purchase->key];
        }
        return $purchase->order === '' ? [] : ['order' => $purchase->order] + ($purchase->email === '' ? [] : ['requester' => $purchase->email]);
    }

    public static function url(Purchase $purchase): string
    {
        return \add_query_arg([self::NAME => $purchase->id(), '_wpnonce' => \wp_create_nonce(self::NAME)], \home_url('/'));
    }

    public function listen(): void
    {
        if (! Input::has(self::NAME)) {
            return;
        }
        \nocache_headers();
        if (! \is_user_logged_in() || ! \wp_verify_nonce(Input::text('_wpnonce'), self::NAME)) {
            \wp_send_json(['html' => ''], 403);
        }
        $purchase = Plugin::safely(static fn (): ?Purchase => Purchases::pick(\get_current_user_id(), Input::text(self::NAME)));
        $standing = $purchase === null ? null : Plugin::safely(fn (): ?Standing => Standing::of($this->plugin->api(), self::query($purchase)));
        if ($standing === null) {
            \wp_send_json(['html' => ''], 503);
        }
        \ob_start();
        StandingView::show($standing);
        \wp_send_json(['html' => (string) \ob_get_clean()]);
    }
}
