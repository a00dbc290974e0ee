using Plait.Configuration;
using Plait.Connections.Polling;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>
/// The program of an indirect transport at one position before the wire: a process, and more of them when there are live
/// connections whose dials could be mistaken for each other's (<see cref="IndirectJoint.TryIssue"/>).
/// </summary>
/// <param name="plan">What its first process is to do, at one position.</param>
/// <param name="directory">The state directory of the first process; those of the others are named after it.</param>
/// <param name="services">What everything shares.</param>
internal sealed class IndirectPlugin(ClientProcessPlan plan, StateFolder directory, HostServices services) : IClientPlugin
{
    /// <summary>At most so many processes (G6): two bridge lines alike in their arguments are rare, eight unheard of.</summary>
    internal const int MaxProcesses = 8;

    // A way is free again when the connections that use it have ended; nothing reports that, so this looks for it.
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly DialHabit _habit = new();
    private readonly List<Place> _places = [];
    private bool _over;

    /// <summary>The first process. The others are like it.</summary>
    internal ClientPlugin First => _places[0].Program;

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => Snapshot().SelectMany(place => place.Program.Processes);

    /// <inheritdoc/>
    public IEnumerable<ClientJoint> Joints => Snapshot().SelectMany(place => place.Program.Joints);

    /// <inheritdoc/>
    public ClientHop HopOf(TransportDeclaration transport) => new IndirectClientHop(this, transport.Name);

    /// <inheritdoc/>
    public Task StartAsync()
    {
        lock (_lock)
        {
            return Add().Started;
        }
    }

    /// <summary>A process that serves a connection, and the connection's ticket there, which the caller owns.</summary>
    /// <exception cref="OperationCanceledException">No process became free in time.</exception>
    internal async Task<(ClientPlugin Program, IndirectTicket Ticket)> EnterAsync(
        HopOpening hop, CancellationToken cancellationToken)
    {
        await Poller.LeaveAsync(); // another process may have to be started, which reads files
        while (true)
        {
            if (TryEnter(hop) is not var (place, ticket))
            {
                await Task.Delay(s_turn, services.Time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await place.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
                return (place.Program, ticket);
            }
            catch
            {
                ticket.Dispose();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _over = true;
        }

        await Task.WhenAll(Snapshot().Select(place => place.Program.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private (Place Place, IndirectTicket Ticket)? TryEnter(HopOpening hop)
    {
        lock (_lock)
        {
            foreach (Place place in _places)
            {
                if (place.Joint.TryIssue(hop) is { } ticket)
                {
                    return (place, ticket);
                }
            }

            if (_over || _places.Count == MaxProcesses)
            {
                return null;
            }

            Place another = Add();
            return (another, another.Joint.TryIssue(hop)!); // its first
        }
    }

    /// <summary>Starts one more process; under the lock.</summary>
    private Place Add()
    {
        StateFolder folder = _places.Count == 0 ? directory : new($"{directory.Path}.{_places.Count + 1}", null); // a dot: no transport's name has one (N1)
        IndirectJoint? joint = null;
        // The others can do what the first one can. One that fails to start with the proxy must not be used without it (G3).
        var program = new ClientPlugin(_places.Count == 0 ? plan : plan with { Choice = ClientJointChoice.Proxy }, name => joint = new(
            name, _habit, services.JointBudget, services.Limits, services.Time, services.Logger, services.Pollers), [folder], OutsideSettings.None, services);
        var place = new Place(program, joint!, program.StartAsync());
        _places.Add(place);
        return place;
    }

    private Place[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _places];
        }
    }

    private sealed record Place(ClientPlugin Program, IndirectJoint Joint, Task Started);
}
