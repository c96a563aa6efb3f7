<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Part;
use SupportConnector\Plugin;

/** Below the profile of Easy Digital Downloads, and the keys that the connector made on EDD's receipt and in its mail. */
final class EddAccount implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('edd_profile_editor_after', [$this, 'show']);
        \add_action('edd_order_receipt_after_table', [$this, 'receipt']);
        \add_action('edd_add_email_tags', [$this, 'mail_tag']);
    }

    public function show(): void
    {
        \wp_enqueue_style('support-connector');
        \wp_enqueue_script('support-connector-later');
        Plugin::safely(fn () => (new AccountView($this->plugin))->show());
    }

    /** @param object $order EDD\Orders\Order */
    public function receipt($order): void
    {
        Plugin::safely(
            static function () use ($order): void {
                $user = (int) ($order->user_id ?? 0);
                IssuedKeysView::page(IssuedKeys::of_order((string) $order->id, (string) ($order->email ?? '')), $user > 0 && $user === \get_current_user_id());
            }
        );
    }

    public function mail_tag(): void
    {
        if (\function_exists('edd_add_email_tag')) {
            \edd_add_email_tag('support_license_keys', __('Licence keys that the support connector made for the order', 'support-connector'), [$this, 'in_mail']);
        }
    }

    /** @param int|string $order */
    public function in_mail($order): string
    {
        return (string) Plugin::safely(
            static function () use ($order): string {
                $bought = \function_exists('edd_get_order') ? \edd_get_order((int) $order) : null;
                $keys = $bought ? IssuedKeys::of_order((string) $order, (string) $bought->email) : [];
                return \implode("\n", \array_column($keys, 'key'));
            }
        );
    }
}
