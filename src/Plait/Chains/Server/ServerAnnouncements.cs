using System.Collections.Concurrent;
using System.Net;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>What the clients of a server child have to know: its arguments, and the address of the transport at the wire.</summary>
internal sealed class ServerAnnouncements
{
    private readonly ServerProcessPlan _plan;
    private readonly ServerListenAddresses _listen;
    private readonly PublicAddresses _addresses;
    private readonly HostServices _services;
    private readonly PublishedArguments _published;
    private readonly ConcurrentDictionary<string, PtArguments> _announced = new();

    /// <param name="plan">What the child is to do.</param>
    /// <param name="state">Its state directory, where its arguments are remembered.</param>
    /// <param name="listen">Where its transports listen.</param>
    /// <param name="addresses">Where it listened before, and what it announced.</param>
    /// <param name="services">What everything shares.</param>
    internal ServerAnnouncements(
        ServerProcessPlan plan, StateFolder state, ServerListenAddresses listen, PublicAddresses addresses, HostServices services)
    {
        (_plan, _listen, _addresses, _services) = (plan, listen, addresses, services);
        _published = new(state.Path, services.Logger);
    }

    /// <summary>
    /// The address that the transport at the wire announced in an earlier run at the address where it is to listen now; that address itself if
    /// no announcement is known. Null if the port is not fixed yet, or the child does not stand at the wire.
    /// </summary>
    internal IPEndPoint? AddressBefore => _plan.PublicAddress is not { } address ? null
        : _addresses.Announced(_plan.Positions[0].Chain, address) ?? (address.Port == 0 ? null : address);

    /// <summary>
    /// The arguments that a bridge line needs for a transport: as the child gave them at its last start with these options, in this run or
    /// before. Null if it has never run with them. What is returned counts as announced: it stays with tor.
    /// </summary>
    internal PtArguments? Announce(string transport)
    {
        PtArguments? known = _published.Find(transport, _plan.Options[transport]);
        return known is null ? null : _announced.GetOrAdd(transport, known);
    }

    /// <summary>
    /// After a start: remembers where a transport listens and its arguments. What was announced cannot be taken back (M25), so a change is
    /// logged.
    /// </summary>
    internal void Publish(string transport, TransportMethod method)
    {
        if (_plan.PublicAddress is not null)
        {
            _addresses.Remember(_plan.Positions[0].Chain, _listen.Keep(method, transport), method.Address);
        }

        _published.Remember(transport, _plan.Options[transport], method.Arguments);
        if (_announced.TryGetValue(transport, out PtArguments? announced) && !announced.Equals(method.Arguments))
        {
            ChainLog.ArgumentsChanged(_services.Logger, SafeText.Name(transport), _plan.Name);
        }
    }
}
