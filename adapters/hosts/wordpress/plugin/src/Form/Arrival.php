<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Answer;
use SupportConnector\Event;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Notes what the connector answered to a request; one that had to wait is told to its customer by mail. */
final class Arrival implements Part
{
    public function __construct(Plugin $plugin)
    {
    }

    public function hooks(): void
    {
        \add_action('support_connector_delivered', [$this, 'note'], 10, 4);
        \add_action('support_connector_daily', [$this, 'tidy']);
    }

    public function note(string $source, string $object, Event $event, Answer $answer): void
    {
        if ($source !== SupportRequests::NAME) {
            return;
        }
        $drafts = new Drafts();
        $draft = $drafts->find((int) $object);
        if ($draft === null) {
            return;
        }
        $drafts->answered($draft->id, $answer->body);
        $answered = $drafts->find($draft->id);
        if ($draft->state === Draft::WAITING && $answered !== null) {
            Plugin::safely(static fn () => ResultMail::send($answered, $drafts->token_of($answered)));
        }
    }

    public function tidy(): void
    {
        Plugin::safely(static fn () => (new Drafts())->forget_old(\time()));
    }
}
