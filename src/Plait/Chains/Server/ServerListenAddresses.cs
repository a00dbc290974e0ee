using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Server;

/// <summary>
/// Where the transports of one server child listen: at addresses that are fixed, that they choose, or that Plait chooses for them.
/// </summary>
/// <param name="plan">What the child is to do.</param>
/// <param name="scrubber">For the words of the system.</param>
internal sealed class ServerListenAddresses(ServerProcessPlan plan, Scrubber scrubber)
{
    private static readonly IPEndPoint s_anyLoopbackPort = new(IPAddress.Loopback, 0);

    private readonly ConcurrentDictionary<string, IPEndPoint> _chosen = new();
    private bool _kept; // the port at which the network reaches it

    /// <summary>The address that a transport is given; port 0 if it is to choose its own.</summary>
    internal IPEndPoint Given(string transport) =>
        _chosen.GetValueOrDefault(transport) ?? plan.PublicAddress ?? plan.BindAddresses.GetValueOrDefault(transport, s_anyLoopbackPort);

    /// <summary>Where a transport listens, as the system has it: at all addresses, for example.</summary>
    internal IPEndPoint BoundAt(TransportMethod method, string transport) =>
        Given(transport) is { Port: 0 } given ? new(given.Address, method.Address.Port) : Given(transport);

    /// <summary>Where a transport can be dialled: the address it was given, never the one it announces, with the port it chose (C8).</summary>
    internal IPEndPoint ListenerOf(TransportMethod method, string transport)
    {
        IPEndPoint bound = BoundAt(method, transport);
        IPAddress address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : bound.Address;
        return new(address, bound.Port);
    }

    /// <summary>Whether the port that a transport chose is known: it announces an address at which it can listen.</summary>
    internal bool IsThere(TransportMethod method, string transport)
    {
        IPAddress announced = method.Address.Address, given = Given(transport).Address;
        return announced.Equals(given) || (given.IsAny() && (announced.IsAny() || IPAddress.IsLoopback(announced)));
    }

    /// <summary>Before a start: forgets the chosen ports, which may have been taken since, except the one that is kept.</summary>
    internal void Reset()
    {
        if (!_kept)
        {
            _chosen.Clear();
        }
    }

    /// <summary>Chooses a port for the transports that were to choose their own.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="LaunchException">No port could be had: the address is none of this machine, or no descriptor is left.</exception>
    internal bool ChoosePorts(Predicate<string> unusable)
    {
        bool chosen = false;
        foreach (string transport in plan.Transports.Where(transport => Given(transport).Port == 0 && unusable(transport)))
        {
            _chosen[transport] = FreePortFor(Given(transport)); // one that is taken meanwhile is chosen anew
            chosen = true;
        }

        return chosen;
    }

    /// <summary>Keeps the port of the transport at the wire from now on: tor knows it, and bridge lines name it.</summary>
    /// <returns>Where it listens.</returns>
    internal IPEndPoint Keep(TransportMethod method, string transport)
    {
        IPEndPoint bound = BoundAt(method, transport);
        _chosen[transport] = bound;
        _kept = true;
        return bound;
    }

    private IPEndPoint FreePortFor(IPEndPoint address)
    {
        try
        {
            return ExclusiveBind.WithFreePort(address);
        }
        catch (SocketException e)
        {
            throw new LaunchException(
                e.SocketErrorCode == SocketError.AddressNotAvailable
                    ? new ListenTrouble(plan.Name, plan.Line.Program, address).Of(e, scrubber)
                    : new(ChainStage.Launch, FailureWords.CauseOf(e), $"no port could be found for {plan.Name}: {scrubber.Scrub(e.Message)}"),
                e);
        }
    }
}
