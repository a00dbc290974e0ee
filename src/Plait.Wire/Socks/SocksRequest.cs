using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Socks;

/// <summary>What a SOCKS client asks for.</summary>
/// <param name="Version">What it speaks; the reply must be of the same version.</param>
/// <param name="Target">
/// An <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/> (S6). The port may be 0: judging it is the caller's.
/// </param>
/// <param name="Arguments">Per-connection arguments; empty under a password.</param>
public sealed record SocksRequest(SocksVersion Version, EndPoint Target, PtArguments Arguments)
{
    /// <summary>The version and the keys of the arguments: the target is a secret (G5).</summary>
    public override string ToString() => $"{Version} request ({Arguments})";
}
