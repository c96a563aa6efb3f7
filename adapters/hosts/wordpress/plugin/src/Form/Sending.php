<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;

/**
 * Takes the form where it is posted: to the page it stands on, since wp-admin is often closed to visitors. With the script
 * it answers JSON; without, it leads to the page that shows the answer, or shows the form again with all that was typed.
 */
final class Sending implements Part
{
    /** Parameter of the address that opens a draft. */
    public const DRAFT = 'support-request';
    /** Parameter of the address where the script fetches what shows that the form is ours. */
    public const TOKEN = 'support-connector-token';

    private static ?Outcome $outcome = null;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('wp_loaded', [$this, 'listen'], 15);
    }

    /** What came of the form that this very request brought, if it brought one. */
    public static function outcome(): ?Outcome
    {
        return self::$outcome;
    }

    public function listen(): void
    {
        if (Input::has(self::TOKEN)) {
            \nocache_headers();
            \wp_send_json(['token' => FormToken::issue(true)]);
        }
        if (! Input::has('sc_form')) {
            return;
        }
        self::$outcome = Plugin::safely(fn (): Outcome => (new Submission($this->plugin))->take(Fields::posted()))
            ?? Outcome::stopped('unstored', Fields::posted());
        \nocache_headers();
        if (Input::text('sc_answer') === 'json') {
            $this->answer_json(self::$outcome);
        }
        if (self::$outcome->state === Outcome::KEPT) {
            \wp_safe_redirect(FormPage::opening(self::$outcome->token), 303);
            exit;
        }
    }

    private function answer_json(Outcome $outcome): void
    {
        \ob_start();
        ResultView::show($outcome);
        $html = (string) \ob_get_clean();
        $draft = $outcome->draft;
        \wp_send_json(
            [
                'state' => $draft === null ? $outcome->state : $draft->state,
                'why' => $outcome->why,
                'html' => $html,
                'faults' => (object) ($outcome->faults + ($draft === null ? [] : ResultView::asked_for($draft))),
                'draft' => $outcome->token,
                'sc_no_secret' => $outcome->why === 'unsure',
            ]
        );
    }
}
