<?php

declare(strict_types=1);

namespace SupportConnector;

/** Who may do what: shop managers see panels and send again, administrators connect and see settings. */
final class Capabilities implements Part
{
    public const VIEW = 'support_connector_view';
    public const MANAGE = 'support_connector_manage';

    /** Ours is held by whoever holds one of these. */
    private const HELD_BY = [
        self::VIEW => ['manage_options', 'manage_woocommerce', 'edit_shop_orders', 'view_shop_reports', 'edit_shop_payments'],
        self::MANAGE => ['manage_options'],
    ];

    public function __construct(Plugin $plugin)
    {
    }

    public function hooks(): void
    {
        \add_filter('user_has_cap', [$this, 'grant']);
    }

    /**
     * @param array<string, bool> $held
     * @return array<string, bool>
     */
    public function grant($held)
    {
        foreach ((array) \apply_filters('support_connector_capabilities', self::HELD_BY) as $ours => $theirs) {
            foreach ((array) $theirs as $each) {
                if (! empty($held[$each])) {
                    $held[$ours] = true;
                }
            }
        }
        return $held;
    }
}
