# What a fresh Request Tracker for the tests holds beyond its own defaults: one queue, one reference field, one
# service user with the least rights the adapter needs, and a token for it, written to RT_TOKEN_FILE.
# The names and the path come from tests/servers/rt.py by way of the environment.

our @Queues = ({
    Name           => $ENV{RT_TEST_QUEUE},
    Description    => 'Where the connector files tickets',
    SLADisabled    => 1,    # RT's own SLA would erase the due date that the connector sets
});

our @CustomFields = ({
    Name       => $ENV{RT_TEST_REFERENCE_FIELD},
    Type       => 'FreeformSingle',
    LookupType => 'RT::Queue-RT::Ticket',
    Queue      => $ENV{RT_TEST_QUEUE},
});

our @Users = ({
    Name         => $ENV{RT_TEST_USER},
    RealName     => 'Support connector',
    EmailAddress => 'connector@example.test',
    Privileged   => 1,
});

our @ACL = map {
    { Right => $_, Queue => $ENV{RT_TEST_QUEUE}, UserId => $ENV{RT_TEST_USER} }
} qw(
    SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket ModifyTicket
    SeeCustomField ModifyCustomField SetInitialCustomField
);

# Customers may write by mail, and have no other rights.
push @ACL, { Right => 'ReplyToTicket', Queue => $ENV{RT_TEST_QUEUE}, GroupDomain => 'SystemInternal', GroupType => 'Unprivileged' };

our @Final = (sub {
    my $user = RT::User->new(RT->SystemUser);
    $user->Load($ENV{RT_TEST_USER});
    my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(
        Owner       => $user->Id,
        Description => 'tests',
    );
    die "no token: $message" unless $ok;
    open(my $file, '>', $ENV{RT_TOKEN_FILE}) or die "$ENV{RT_TOKEN_FILE}: $!";
    print $file $token;
    close $file;
});
