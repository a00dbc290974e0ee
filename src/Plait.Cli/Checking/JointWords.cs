using Plait.Configuration;
using Plait.Wire.Pt;

namespace Plait.Cli.Checking;

/// <summary>
/// How a hop's stream goes on, in the words of docs/configuration.md. Where there are two, the second is for a program that does not know the first.
/// </summary>
internal static class JointWords
{
    internal static string Of(PtRole role, TransportDeclaration hop, bool wire) => role switch
    {
        _ when hop.Source.IsPartOfPlait => "none",
        PtRole.Server when !hop.Source.Capabilities.TakesTargets => OfServerTunnel(hop.Source.Capabilities, wire && hop.ListensItself),
        _ when !hop.Source.Capabilities.TakesTargets => !wire ? "a listener for each target"
            : hop.Wire == WireChoice.Plait ? "a listener for each target; Plait dials the network"
            : "dials the network itself",
        _ when !hop.Source.TakesProxy => wire ? "dials the network itself" : "shim",
        PtRole.Server when wire && hop.ListensItself => $"public address; {OfServer(hop, alone: true)}",
        PtRole.Server => OfServer(hop, alone: false),
        _ when wire && hop.DialsItself => "dials the network itself",
        _ when wire && hop.Wire == WireChoice.Plait => "proxy",
        _ => hop.ClientJoint switch
        {
            ClientJointChoice.Proxy => "proxy",
            _ when hop.Indirect && !wire => "proxy, or the chain is refused",
            ClientJointChoice.Shim => wire ? "dials the network itself" : "shim",
            _ => wire ? "proxy, or dials the network itself" : "proxy, or shim",
        },
    };

    private static string OfServerTunnel(HopCapabilities can, bool atWire)
    {
        string joint = can.ReportsItsClient ? "PROXY header" : "ORPort, no client addresses";
        return atWire ? $"public address; {joint}" : $"{joint}, a process for each place";
    }

    private static string OfServer(TransportDeclaration hop, bool alone) => hop.ServerJoint switch
    {
        ServerJointChoice.ExtOrPort => "Extended ORPort",
        ServerJointChoice.OrPort => alone ? "ORPort, no client addresses" : "ORPort, no client addresses, a process for each place",
        _ => "Extended ORPort, or ORPort",
    };
}
