using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Socks;

/// <summary>The request of a SOCKS client.</summary>
/// <param name="Version">The client's version, which the reply must have too.</param>
/// <param name="Target">
/// An <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/> (S6). The port may be 0; the caller decides whether that is allowed.
/// </param>
/// <param name="Arguments">Per-connection arguments; empty if the policy is a password.</param>
public sealed record SocksRequest(SocksVersion Version, EndPoint Target, PtArguments Arguments)
{
    /// <summary>The version and the keys of the arguments: the target is a secret (G5).</summary>
    public override string ToString() => $"{Version} request ({Arguments})";
}
