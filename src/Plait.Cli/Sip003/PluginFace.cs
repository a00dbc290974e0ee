using Microsoft.Extensions.Logging;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Wire.Pt;
using Plait.Wire.Sip003;

namespace Plait.Cli.Sip003;

/// <summary>A plugin of Shadowsocks speaks to its parent's user on stderr, which it shares with its parent.</summary>
/// <param name="role">Which end it is.</param>
internal sealed class PluginFace(PtRole role) : TunnelFace
{
    internal override bool IsService => false;

    internal override string PlaceWords => "of SS_LOCAL_HOST and SS_LOCAL_PORT";

    internal override string TextOf(ChainFailure failure) =>
        failure is { Stage: ChainStage.Launch, Cause: FailureCause.NotPermitted }
            ? $"{base.TextOf(failure)}; {(role == PtRole.Client ? "if this is the server, add the word server to plugin_opts" : "if this is a client, leave the word server out of plugin_opts")}"
            : base.TextOf(failure);

    /// <summary>Its parent knows where.</summary>
    internal override void ShowNear(PlannedTunnel tunnel, ChainStart.Listening chain, TunnelLogger logger) =>
        logger.Write(LogLevel.Information, $"{tunnel.Name}: {tunnel.Chain} is ready");

    internal override void ShowFar(
        TunnelSetup setup, PlannedTunnel tunnel, TunnelDefinition.Far far, ChainStart.Listening chain, string state, TunnelLogger logger)
    {
        string file = Path.Combine(state, $"{tunnel.Name}_plugin_opts.txt");
        Write(tunnel, "plugin_opts", file, "rename it", PluginOptions.Format(tunnel.Hops, chain.Arguments));
        logger.Write(LogLevel.Information, $"{tunnel.Name}: plugin_opts of its clients is in {file}"); // the file alone: others may read the log
    }
}
