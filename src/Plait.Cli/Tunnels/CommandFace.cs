using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Torrc;

namespace Plait.Cli.Tunnels;

/// <summary><c>plait connect</c> and <c>plait serve</c>: where near ends listen, and the bridge lines of far ends, are written to stdout.</summary>
/// <param name="showsQr">Draws bridge lines as QR codes too.</param>
internal sealed class CommandFace(bool showsQr) : TunnelFace
{
    internal override bool IsService => true;

    internal override string PlaceWords => "after --listen";

    internal override void ShowNear(PlannedTunnel tunnel, ChainStart.Listening chain, TunnelLogger logger)
    {
        string place = tunnel.Definition.Place switch
        {
            WrittenPlace.Tcp => AddressText.Format(chain.EndPoint),
            WrittenPlace.Unix unix => $"unix:{unix.Path}",
            _ => "the socket of the service manager",
        };
        Console.Out.WriteLine($"{tunnel.Name}: {tunnel.Chain} listens at {place}");
    }

    internal override void ShowFar(
        TunnelSetup setup, PlannedTunnel tunnel, TunnelDefinition.Far far, ChainStart.Listening chain, string state, TunnelLogger logger)
    {
        IPEndPoint? address = far.PublicAddress ?? PublicAddress.Of(chain.EndPoint);
        if (address is null)
        {
            throw new TunnelException(ExitCode.Configuration,
                $"{tunnel.Name}: this machine has no address for the bridge line; give the public one with --address ADDR:PORT");
        }

        if (far.PublicAddress is null && PublicAddress.IsPrivate(address.Address))
        {
            logger.Write(LogLevel.Warning,
                $"{tunnel.Name}: the address in the bridge line is one of a private network; for clients elsewhere, give the public one with --address ADDR:PORT");
        }

        BridgeLine line = FinishedBridgeLine.Of(FinishedBridgeLine.NameOf(setup.Configuration, tunnel.Hops), chain, address);
        string text;
        try
        {
            text = line.Format();
        }
        catch (InvalidOperationException)
        {
            throw new TunnelException(ExitCode.Configuration,
                $"{tunnel.Name}: an argument of its transports holds a blank, which no bridge line can carry; use a Profile in the plaitrc of the clients");
        }

        Write(tunnel, "the bridge line", far.BridgeFile ?? Path.Combine(state, tunnel.Name + StateDirectories.BridgeLineSuffix),
            "give --bridge-file another name", text);
        Console.Out.WriteLine(text);
        if (showsQr)
        {
            Console.Out.Write(QrText.Draw(text["Bridge ".Length..], !Console.IsOutputRedirected));
        }
    }
}
