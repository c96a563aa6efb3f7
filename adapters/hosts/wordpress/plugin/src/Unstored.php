<?php

declare(strict_types=1);

namespace SupportConnector;

/** The database refused a statement of ours; the message is its own. */
final class Unstored extends \RuntimeException
{
}
