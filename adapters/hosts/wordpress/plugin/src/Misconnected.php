<?php

declare(strict_types=1);

namespace SupportConnector;

/** No connection was made; the message tells the owner why and what to do. */
final class Misconnected extends \RuntimeException
{
}
