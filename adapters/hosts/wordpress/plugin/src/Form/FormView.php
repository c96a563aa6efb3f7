<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchase;
use SupportConnector\Account\Purchases;
use SupportConnector\Input;

/** The support form with what came of it. It asks signed-in customers for what they bought, guests for a key or an order. */
final class FormView
{
    public static function show(): void
    {
        $outcome = Sending::outcome();
        $token = Input::text(Sending::DRAFT);
        $draft = $outcome === null && $token !== '' ? (new Drafts())->opened_by($token, \get_current_user_id()) : null;
        echo '<div class="support-connector" id="support-connector">';
        self::result($outcome, $draft, $token !== '');
        if ($outcome !== null) {
            self::form($outcome->fields, $outcome->faults, Input::text('sc_draft'), $outcome->why === 'unsure');
        } elseif ($draft === null) {
            self::form(new Fields([]), [], '', false);
        } elseif ($draft->state === Draft::OPEN) {
            self::form($draft->fields, ResultView::asked_for($draft), $token, false);
        } else {
            echo '<p><a href="', \esc_url(\remove_query_arg(Sending::DRAFT)), '">', \esc_html__('Ask something else', 'support-connector'), '</a></p>';
        }
        echo '</div>';
    }

    private static function result(?Outcome $outcome, ?Draft $draft, bool $asked): void
    {
        echo '<div class="support-connector-result" id="support-connector-result" role="status" aria-live="polite" tabindex="-1" data-owner="', \esc_attr(self::owner()), '">';
        if ($outcome !== null) {
            ResultView::show($outcome);
        } elseif ($draft !== null) {
            ResultView::draft($draft);
        } elseif ($asked) {
            self::not_opened();
        }
        echo '</div>';
    }

    /** Under this the script keeps what is typed: not another user's of the same browser. */
    private static function owner(): string
    {
        return \substr(\wp_hash('form|' . \get_current_user_id()), 0, 12);
    }

    private static function not_opened(): void
    {
        echo '<p>', \esc_html__('This link opens no request: it is old, or belongs to an account. Sign in, or write your request anew.', 'support-connector'), '</p>';
    }

    /** @param array<string, string> $faults */
    private static function form(Fields $fields, array $faults, string $draft, bool $unsure): void
    {
        echo '<form method="post" class="support-connector-form" data-owner="', \esc_attr(self::owner()), '"',
            ' data-token-url="', \esc_url(\add_query_arg(Sending::TOKEN, '1', \home_url('/'))), '"',
            ' data-sending="', \esc_attr__('Your request is being sent …', 'support-connector'), '"',
            ' data-away="', \esc_attr__('This site cannot be reached just now. Everything you typed is kept in this browser: please press Send again later.', 'support-connector'), '"',
            ' data-blocked="', \esc_attr__('The firewall of this site stopped your request, perhaps because of code in the text. All you typed is kept in this browser. Put code into a file and give its link.', 'support-connector'), '">';
        echo '<input type="hidden" name="sc_form" value="1"><input type="hidden" name="sc_draft" value="', \esc_attr($draft), '">';
        echo '<input type="hidden" name="sc_token" value="', \esc_attr(FormToken::issue(false)), '">';
        echo '<p class="support-connector-trap" aria-hidden="true"><label>', \esc_html__('Leave this empty', 'support-connector'),
            ' <input type="text" name="sc_website" tabindex="-1" autocomplete="off"></label></p>';
        $view = new FieldView($fields, $faults);
        self::who($view);
        self::what($view, $unsure);
        self::more($view, \array_intersect_key($faults, \array_flip(['versions', 'modified', 'reproduction', 'product', 'links', 'severity', 'confirmed'])) !== []);
        echo '<p><button type="submit" class="button wp-element-button">', \esc_html__('Send', 'support-connector'), '</button></p>';
        echo '</form>';
    }

    private static function who(FieldView $view): void
    {
        $user = \wp_get_current_user();
        echo '<fieldset><legend>', \esc_html__('Your purchase', 'support-connector'), '</legend>';
        if ($user->ID > 0) {
            /* translators: 1: a name, 2: an e-mail address */
            echo '<p>', \esc_html(\sprintf(__('You are signed in as %1$s (%2$s).', 'support-connector'), $user->display_name, $user->user_email)), '</p>';
            self::pickers($view, Purchases::of($user->ID));
        } else {
            $view->line('email', __('Your e-mail address', 'support-connector'), __('The one you bought with.', 'support-connector'), ['type' => 'email', 'autocomplete' => 'email', 'required' => 'required']);
            $view->line('name', __('Your name', 'support-connector'), '', ['autocomplete' => 'name']);
            $view->line('license_key', __('Licence key', 'support-connector'), __('Or the number of your order, below. A question before buying needs neither.', 'support-connector'), ['autocomplete' => 'off', 'spellcheck' => 'false']);
            $view->line('order_id', __('Order number', 'support-connector'), '', ['autocomplete' => 'off']);
            echo '<p><a href="', \esc_url(\wp_login_url((string) \get_permalink())), '">', \esc_html__('Sign in to choose from your purchases', 'support-connector'), '</a></p>';
        }
        $view->line('site', __('Site it is about', 'support-connector'), __('Such as https://www.example.com', 'support-connector'), ['list' => 'sc-sites', 'inputmode' => 'url', 'autocomplete' => 'off']);
        echo '</fieldset>';
    }

    /** @param list<Purchase> $purchases */
    private static function pickers(FieldView $view, array $purchases): void
    {
        $choices = [];
        $sites = [];
        foreach ($purchases as $purchase) {
            $choices[$purchase->id()] = $purchase->label();
            $sites = \array_merge($sites, $purchase->sites);
        }
        if ($choices !== []) {
            $view->choice('purchase', __('What is it about?', 'support-connector'), $choices, __('Something else', 'support-connector'));
        }
        $view->line('license_key', __('Licence key', 'support-connector'), $choices === [] ? '' : __('Only where it is not in the list above.', 'support-connector'), ['autocomplete' => 'off', 'spellcheck' => 'false']);
        if ($choices === []) {
            $view->line('order_id', __('Order number', 'support-connector'), __('Where you have no licence key.', 'support-connector'), ['autocomplete' => 'off']);
        }
        echo '<datalist id="sc-sites">';
        foreach (\array_unique($sites) as $site) {
            echo '<option value="', \esc_attr($site), '">';
        }
        echo '</datalist>';
    }

    private static function what(FieldView $view, bool $unsure): void
    {
        echo '<fieldset><legend>', \esc_html__('Your request', 'support-connector'), '</legend>';
        $needed = ['required' => 'required'];
        $view->choice('kind', __('What kind of request is it?', 'support-connector'), Choices::kinds(), __('Please choose', 'support-connector'), '', $needed);
        $view->line('subject', __('In a few words', 'support-connector'), '', $needed + ['autocomplete' => 'off']);
        $view->text('message', __('Your question or trouble', 'support-connector'), __('Never write passwords or keys here. If we need access, we ask for it by a secure way.', 'support-connector'), $needed);
        echo '<p class="support-connector-unsure"';
        if (! $unsure) {
            echo ' hidden';
        }
        echo '><label><input type="checkbox" name="sc_no_secret" value="yes"> ', \esc_html__('There is no password or key in my text', 'support-connector'), '</label></p>';
        echo '</fieldset>';
    }

    private static function more(FieldView $view, bool $open): void
    {
        echo '<details class="support-connector-more"';
        if ($open) {
            echo ' open';
        }
        echo '><summary>', \esc_html__('More that helps us answer at once', 'support-connector'), '</summary>';
        $view->text('reproduction', __('How can we see the error, step by step?', 'support-connector'), '', ['rows' => '4']);
        $view->line('versions', __('Versions you use', 'support-connector'), __('Such as: WordPress 6.5, PHP 8.2, Forms 3.1', 'support-connector'));
        $view->line('product', __('Product', 'support-connector'), __('Where the licence is for several.', 'support-connector'));
        $view->choice('modified', __('Was the code of the product changed?', 'support-connector'), Choices::modified(), __('I do not know', 'support-connector'));
        $view->choice('severity', __('How badly does it hurt?', 'support-connector'), Choices::severities(), __('As usual', 'support-connector'));
        $view->text('links', __('Links to screenshots or files', 'support-connector'), __('One a line.', 'support-connector'), ['rows' => '2']);
        $view->statements(__('Please confirm what applies', 'support-connector'), Choices::statements());
        echo '</details>';
    }
}
