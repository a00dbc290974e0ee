using System.Net;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Neighbours;

/// <summary>What Plait gave its children, read as root: how a test finds the joints inside Plait.</summary>
internal static class GivenToChildren
{
    /// <summary>The port in a variable of the child that was asked for a transport.</summary>
    /// <param name="run">Whose child.</param>
    /// <param name="transport">One of the names it was asked for.</param>
    /// <param name="variable">TOR_PT_PROXY, TOR_PT_ORPORT or TOR_PT_EXTENDED_SERVER_PORT.</param>
    public static int Port(PlaitRun run, string transport, string variable)
    {
        string value = Value(run, transport, variable);
        return IPEndPoint.Parse(value[(value.LastIndexOf('@') + 1)..]).Port;
    }

    /// <summary>A variable of the child that was asked for a transport.</summary>
    public static string Value(PlaitRun run, string transport, string variable) =>
        ProcessTree.Descendants(run.Host.Program.Id)
            .Select(pid => ProcessTree.EnvironmentOf(pid).Where(entry => entry.Key.StartsWith("TOR_PT_", StringComparison.Ordinal)).ToDictionary())
            .Where(environment => new[] { "TOR_PT_CLIENT_TRANSPORTS", "TOR_PT_SERVER_TRANSPORTS" }.Any(name =>
                environment.GetValueOrDefault(name)?.Split(',').Contains(transport) == true))
            .Where(environment => environment["TOR_PT_STATE_LOCATION"]!.Contains("/plait/", StringComparison.Ordinal)) // the guard has our own
            .Select(environment => environment.GetValueOrDefault(variable))
            .OfType<string>().First();
}
