using System.Globalization;
using System.Net;
using Plait.Configuration;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Hops.Tunnels;

/// <summary>What programs that listen where they are told to lack among the arguments of a bridge line, or the options of a bridge.</summary>
[ProgramSeam]
internal static class TunnelCheck
{
    private const string ServerOption = "server";

    // Plugins whose one program plays both sides. Without the option each plays the client (Q6).
    private static readonly string[] s_needServer = ["v2ray-plugin", "xray-plugin"];

    /// <summary>Looks at the SOCKS programs and tunnels of a client's chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="target">The address in the bridge line.</param>
    /// <param name="perHop">The arguments of each hop.</param>
    /// <returns>Why a connection would be refused: sentences with what to do, without a full stop.</returns>
    internal static IEnumerable<string> Of(ChainDefinition chain, EndPoint target, IReadOnlyList<PtArguments> perHop)
    {
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            ListenerCommand? command = transport.Source switch
            {
                TransportSource.SocksProgram program => new(program.Line, program.Template, PtRole.Client, Tunnel: null),
                TransportSource.Tunnel tunnel => new(tunnel.Line, tunnel.Template, PtRole.Client, tunnel),
                _ => null,
            };
            // Before the wire, the target of a tunnel is a listener of Plait's.
            EndPoint? own = transport.Source is TransportSource.Tunnel && hop == chain.Hops.Count - 1 ? target : null;
            if (command?.Problem(perHop[hop], own) is { } problem)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"hop {hop} ({transport.Name}): {problem}; write it in the bridge line{(chain.Hops.Count > 1 ? $" as x-chain-{hop}-KEY=VALUE" : " as KEY=VALUE")}, or correct the line {transport.Source.Line!.At}");
            }
        }
    }

    /// <summary>Looks at the tunnels of a chain.</summary>
    /// <param name="configuration">The plaitrc.</param>
    /// <param name="chain">A chain of a bridge.</param>
    /// <param name="fromTor">tor's ServerTransportOptions, by chain; null if they are not known.</param>
    /// <returns>What is lacking, with the plugin line and what to do.</returns>
    internal static IEnumerable<TunnelLack> Of(
        PlaitConfiguration configuration, ChainDefinition chain, IReadOnlyDictionary<string, PtArguments>? fromTor)
    {
        var options = new ServerOptions(configuration.Server.Options, fromTor ?? new Dictionary<string, PtArguments>());
        if (options.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is not null)
        {
            yield break; // reported of the chain
        }

        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            if (transport.Source is not TransportSource.Tunnel tunnel)
            {
                continue;
            }

            var command = new ListenerCommand(tunnel.Line, tunnel.Template, PtRole.Server, tunnel);
            if (command.Problem(perHop[hop], target: null) is { } problem)
            {
                yield return new(tunnel.Line.At, problem.ToString(), $"Write ServerTransportOptions {transport.Name} KEY=VALUE.");
            }

            string program = Path.GetFileName(tunnel.Line.Program);
            if (tunnel.IsSip003 && s_needServer.Any(name => program.Contains(name, StringComparison.OrdinalIgnoreCase))
                && command.Used(perHop[hop]).First(ServerOption) is null && !tunnel.Line.Arguments.Any(word => word.TrimStart('-') == ServerOption))
            {
                yield return new(
                    tunnel.Line.At,
                    $"{QuotedName.Name(transport.Name)} of a bridge needs the option {ServerOption}: without it the plugin plays the client",
                    $"Write sip003 options={ServerOption} exec, or ServerTransportOptions {transport.Name} {ServerOption}=1.");
            }
        }
    }
}

/// <summary>Something that a tunnel lacks.</summary>
/// <param name="At">Its plugin line.</param>
/// <param name="What">What it is, without a full stop.</param>
/// <param name="Instead">What to do, as a sentence.</param>
[ProgramSeam]
internal sealed record TunnelLack(SourceLine At, string What, string Instead);
