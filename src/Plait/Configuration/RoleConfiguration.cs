using System.Net;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Configuration;

/// <summary>The part of the file for clients, or for servers.</summary>
public sealed record RoleConfiguration
{
    /// <summary>Every known transport by its name, the in-process ones included.</summary>
    public IReadOnlyDictionary<string, TransportDeclaration> Transports { get; init; } = TransportDeclaration.InProcess();

    /// <summary><c>ServerTransportOptions</c> by the name of a transport or chain. Empty for a client.</summary>
    public IReadOnlyDictionary<string, PtArguments> Options { get; init; } = new Dictionary<string, PtArguments>();

    /// <summary><c>ServerTransportListenAddr</c> by the name of a transport or chain; port 0 = any. Empty for a client.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> ListenAddresses { get; init; } = new Dictionary<string, IPEndPoint>();
}
