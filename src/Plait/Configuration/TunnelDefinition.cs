using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.ProxyProtocol;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Where an end of a tunnel accepts connections, as it is written: a closed family.</summary>
[ProgramSeam]
internal abstract record WrittenPlace
{
    private WrittenPlace()
    {
    }

    /// <summary><c>ADDR:PORT</c>.</summary>
    [ProgramSeam]
    internal sealed record Tcp(IPEndPoint Address) : WrittenPlace
    {
        public override string ToString() => "a TCP address"; // G5
    }

    /// <summary>TCP addresses of a far end, side by side.</summary>
    [ProgramSeam]
    internal sealed record Several(IReadOnlyList<IPEndPoint> Addresses) : WrittenPlace
    {
        public override string ToString() => "TCP addresses"; // G5
    }

    /// <summary><c>unix:PATH</c>.</summary>
    [ProgramSeam]
    internal sealed record Unix(string Path) : WrittenPlace
    {
        public override string ToString() => "a Unix socket";
    }

    /// <summary><c>-</c>: one connection, over stdin and stdout.</summary>
    [ProgramSeam]
    internal sealed record Standard : WrittenPlace;

    /// <summary><c>systemd</c> or <c>systemd:NAME</c>: a socket of the service manager (sd_listen_fds(3)).</summary>
    /// <param name="Name">Its name; null for the only one.</param>
    [ProgramSeam]
    internal sealed record Activated(string? Name) : WrittenPlace;
}

/// <summary>Where a service accepts connections, as it is written.</summary>
/// <param name="Name">Its name, if clients choose; null for the only service.</param>
/// <param name="Address">An <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>; null for a Unix socket.</param>
/// <param name="Path">The path of a Unix socket; null for an address.</param>
[ProgramSeam]
internal sealed record WrittenService(string? Name, EndPoint? Address, string? Path)
{
    public override string ToString() => Name ?? "a service"; // G5
}

/// <summary>One end of a tunnel without tor: a closed family.</summary>
/// <param name="Name">The name under which messages and state know it: a C identifier.</param>
/// <param name="At">Its line; null for one of a command line.</param>
[ProgramSeam]
internal abstract record TunnelDefinition(string Name, SourceLine? At)
{
    /// <summary>Which end it is.</summary>
    internal abstract PtRole Role { get; }

    /// <summary>The chain as it is written: <c>a|b</c>, the name of one, or a free-form name.</summary>
    internal abstract string Chain { get; }

    /// <summary>Where it accepts connections.</summary>
    internal abstract WrittenPlace Place { get; }

    /// <summary>The near end, <c>connect</c>: applications connect to it.</summary>
    [ProgramSeam]
    internal sealed record Near(string Name, SourceLine? At) : TunnelDefinition(Name, At)
    {
        internal override PtRole Role => PtRole.Client;

        internal override string Chain => WrittenChain;

        internal override WrittenPlace Place => WrittenPlace;

        /// <summary>The chain.</summary>
        internal required string WrittenChain { get; init; }

        /// <summary>The place.</summary>
        internal required WrittenPlace WrittenPlace { get; init; }

        /// <summary>The far end. Of several addresses one is used until it fails, and then the next.</summary>
        internal required IReadOnlyList<EndPoint> Targets { get; init; }

        /// <summary>The arguments of its bridge line.</summary>
        internal PtArguments Arguments { get; init; } = PtArguments.Empty;

        /// <summary>The service to ask the far end for, or null.</summary>
        internal string? Service { get; init; }

        /// <summary>Applications ask by SOCKS for the service that they want.</summary>
        internal bool AsksApplication { get; init; }

        /// <summary>The upstream proxy, or null.</summary>
        internal UpstreamProxy? Proxy { get; init; }

        /// <summary>Source address of outside IPv4 connections, or null.</summary>
        internal IPAddress? BindV4 { get; init; }

        /// <summary>Source address of outside IPv6 connections, or null.</summary>
        internal IPAddress? BindV6 { get; init; }

        public override string ToString() => $"near end {Name}"; // G5
    }

    /// <summary>The far end, <c>serve</c>: it forwards to services.</summary>
    [ProgramSeam]
    internal sealed record Far(string Name, SourceLine? At) : TunnelDefinition(Name, At)
    {
        internal override PtRole Role => PtRole.Server;

        internal override string Chain => WrittenChain;

        internal override WrittenPlace Place => WrittenPlace;

        /// <summary>The chain.</summary>
        internal required string WrittenChain { get; init; }

        /// <summary>The place.</summary>
        internal required WrittenPlace WrittenPlace { get; init; }

        /// <summary>One without a name, or any number with names.</summary>
        internal required IReadOnlyList<WrittenService> Services { get; init; }

        /// <summary>The options of the chain's transports.</summary>
        internal PtArguments Options { get; init; } = PtArguments.Empty;

        /// <summary>The PROXY header that the services expect, or null.</summary>
        internal ProxyHeaderVersion? Header { get; init; }

        /// <summary>The file that says which client has which source address; null if the services see none.</summary>
        internal string? ClientTable { get; init; }

        /// <summary>The address that clients use, for the bridge line; null for the one that is listened at.</summary>
        internal IPEndPoint? PublicAddress { get; init; }

        /// <summary>Where the bridge line is written; null for the usual place.</summary>
        internal string? BridgeFile { get; init; }

        public override string ToString() => $"far end {Name}"; // G5
    }
}
