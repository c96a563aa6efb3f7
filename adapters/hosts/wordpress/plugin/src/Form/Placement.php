<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\AccountView;
use SupportConnector\Part;
use SupportConnector\Plugin;

/**
 * Where form and account panel stand: the shortcodes `[support_connector_form]` and `[support_connector_account]`, and a block
 * of each. Their pages are kept out of caches, which would show one customer what belongs to another.
 */
final class Placement implements Part
{
    private const SHORTCODES = ['form' => 'support_connector_form', 'account' => 'support_connector_account'];

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('init', [$this, 'register']);
        \add_action('template_redirect', [$this, 'keep_out_of_caches'], 0);
    }

    public function register(): void
    {
        \add_shortcode(self::SHORTCODES['form'], [$this, 'form']);
        \add_shortcode(self::SHORTCODES['account'], [$this, 'account']);
        \wp_register_style('support-connector', $this->plugin->url('assets/support-connector.css'), [], Plugin::VERSION);
        \wp_register_script('support-connector-form', $this->plugin->url('assets/form.js'), [], Plugin::VERSION, true);
        \wp_register_script('support-connector-later', $this->plugin->url('assets/later.js'), [], Plugin::VERSION, true);
        \wp_register_script('support-connector-block', $this->plugin->url('assets/block.js'), ['wp-blocks', 'wp-element', 'wp-server-side-render', 'wp-block-editor'], Plugin::VERSION, true);
        $api = \version_compare((string) \get_bloginfo('version'), '6.3', '>=') ? 3 : 2;
        $titles = ['form' => __('Support form', 'support-connector'), 'account' => __('Support: licences and tickets', 'support-connector')];
        \wp_localize_script('support-connector-block', 'supportConnectorBlocks', ['api' => $api, 'titles' => $titles]);
        foreach (\array_keys(self::SHORTCODES) as $name) {
            \register_block_type(
                'support-connector/' . $name,
                [
                    'api_version' => $api,
                    'title' => $titles[$name],
                    'category' => 'widgets',
                    'icon' => 'sos',
                    'editor_script' => 'support-connector-block',
                    'style' => 'support-connector',
                    'render_callback' => [$this, $name],
                    'supports' => ['html' => false, 'multiple' => false],
                ]
            );
        }
    }

    /** The form's HTML. */
    public function form(): string
    {
        FormPage::remember();
        \wp_enqueue_script('support-connector-form');
        return $this->shown([FormView::class, 'show']);
    }

    /** The account panel's HTML. */
    public function account(): string
    {
        \wp_enqueue_script('support-connector-later');
        return $this->shown([new AccountView($this->plugin), 'show']);
    }

    /** Before anything is printed; a page builder keeps what it shows in the post's meta. */
    public function keep_out_of_caches(): void
    {
        $post = \is_singular() ? \get_post() : null;
        if ($post !== null && Plugin::safely(fn (): bool => $this->stands_on($post))) {
            self::forbid_caching();
        }
    }

    public static function forbid_caching(): void
    {
        foreach (['DONOTCACHEPAGE', 'DONOTCACHEOBJECT', 'DONOTCACHEDB'] as $word) {
            \defined($word) || \define($word, true);
        }
        if (! \headers_sent()) {
            \nocache_headers();
            \header('Cache-Control: no-store, private');
            \header('Referrer-Policy: same-origin');
        }
    }

    private function stands_on(\WP_Post $post): bool
    {
        $words = $post->post_content;
        foreach ((array) \get_post_meta($post->ID) as $values) {
            $words .= ' ' . \implode(' ', \array_map('strval', \array_filter((array) $values, 'is_scalar')));
        }
        return (bool) \preg_match('~support_connector_(?:form|account)|support-connector/(?:form|account)~', $words);
    }

    private function shown(callable $show): string
    {
        self::forbid_caching();
        \wp_enqueue_style('support-connector');
        \ob_start();
        Plugin::safely($show);
        return (string) \ob_get_clean();
    }
}
