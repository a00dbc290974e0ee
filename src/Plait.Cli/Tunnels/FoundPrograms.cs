using Plait.Configuration;
using Plait.Processes;

namespace Plait.Cli.Tunnels;

/// <summary>
/// The transports of a tunnel without a plaitrc: those that are part of Plait, and the others of the programs of the field that are installed.
/// </summary>
internal static class FoundPrograms
{
    // The first that is installed provides a transport.
    private static readonly (string Program, string[] Transports)[] s_known =
    [
        ("lyrebird", ["obfs2", "obfs3", "obfs4", "scramblesuit", "meek_lite", "webtunnel"]),
        ("obfs4proxy", ["obfs2", "obfs3", "obfs4", "scramblesuit", "meek_lite"]),
    ];

    /// <summary>The configuration.</summary>
    /// <param name="listensInFront">Plait's own listener stands at the network, at the far end.</param>
    internal static PlaitConfiguration Read(bool listensInFront) => Read(listensInFront, program => ProgramFile.Find(program).Path is not null);

    /// <inheritdoc cref="Read(bool)"/>
    /// <param name="listensInFront">The same.</param>
    /// <param name="isInstalled">Whether a program is.</param>
    internal static PlaitConfiguration Read(bool listensInFront, Predicate<string> isInstalled)
    {
        HashSet<string> builtIn = [.. PlaitConfiguration.Parse("", "").Configuration.Server.Transports.Keys];
        var lines = new List<string>();
        var declared = new HashSet<string>(builtIn);
        foreach ((string program, string[] transports) in s_known.Where(known => isInstalled(known.Program)))
        {
            string[] added = [.. transports.Where(declared.Add)];
            if (added is not [])
            {
                string names = string.Join(',', added);
                lines.Add($"ClientTransportPlugin {names} exec {program}");
                lines.Add($"ServerTransportPlugin {names} exec {program}");
                lines.AddRange(added.Where(_ => listensInFront).Select(name => $"ServerTransportWire {name} plait"));
            }
        }

        return PlaitConfiguration.Parse(string.Join('\n', lines), "the transports found").Configuration;
    }
}
