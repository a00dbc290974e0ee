using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads <c>Tunnel NAME connect|serve</c> lines. Their options are those of <c>plait connect</c> and <c>plait serve</c>.</summary>
internal sealed class TunnelReader(FileNotes notes)
{
    private const string Form = "Write Tunnel NAME connect or Tunnel NAME serve, and the options of that command, as in Tunnel vpn connect --bridge 'LINE' --listen PLACE.";

    private readonly List<TunnelDefinition> _tunnels = [];

    /// <summary>The tunnels, in the order of the file.</summary>
    internal IReadOnlyList<TunnelDefinition> Tunnels => _tunnels;

    internal void Take(ConfigurationLine line)
    {
        if (line.Words is not [var name, "connect" or "serve", ..])
        {
            notes.Report(line, $"{line.Keyword} takes a name and an end", Form);
            return;
        }

        if (!TransportName.IsValid(name))
        {
            notes.Report(line, $"{line.Keyword}: {QuotedName.Name(name)} cannot be the name of a tunnel", NameList.Identifier);
            return;
        }

        PtRole role = line.Words[1] == "connect" ? PtRole.Client : PtRole.Server;
        if (!notes.First.Accept(line, name) || Options(line, role, [.. line.Words.Skip(2)]) is not { } options)
        {
            return;
        }

        TunnelDefinition? tunnel = TunnelBuilder.Build(name, role, line.At, options, out (string What, string Instead)? problem);
        if (problem is var (what, instead))
        {
            notes.Report(line, $"{line.Keyword} {QuotedName.Name(name)}: {what}", instead);
        }
        else if (tunnel is TunnelDefinition.Far { ClientTable: { } table }
            && _tunnels.Find(other => other is TunnelDefinition.Far far && far.ClientTable == table) is { } first)
        {
            notes.Report(line, $"{line.Keyword} {QuotedName.Name(name)}: {TunnelOption.ClientTable} names the file of the tunnel in {first.At}",
                "Give each tunnel a file of its own: one far end at a time writes it.");
        }
        else
        {
            _tunnels.Add(tunnel!);
        }
    }

    private TunnelOptions? Options(ConfigurationLine line, PtRole role, IReadOnlyList<string> words)
    {
        var values = new Dictionary<string, IReadOnlyList<string>>();
        for (int i = 0; i < words.Count; i++)
        {
            TunnelOption? option = TunnelOption.All.FirstOrDefault(known => known.Role == role && known.Name == words[i]);
            if (option is null)
            {
                IReadOnlyList<string> closest = ClosestWord.Find(words[i], TunnelOption.All.Where(known => known.Role == role)
                    .Select(known => known.Name));
                notes.Report(line, $"{line.Keyword}: {QuotedName.Name(words[i].TrimStart('-'))} is no option of {TunnelOption.WordOf(role)}",
                    closest is [] ? Form : $"Did you mean {string.Join(" or ", closest)}?");
                return null;
            }

            if (option.TakesValue && i + 1 == words.Count)
            {
                notes.Report(line, $"{line.Keyword}: {option.Name} has no value", Form);
                return null;
            }

            bool again = values.TryGetValue(option.Name, out IReadOnlyList<string>? before);
            if (again && !option.Repeats)
            {
                notes.Report(line, $"{line.Keyword}: {option.Name} stands twice", "Keep one of the two.");
                return null;
            }

            values[option.Name] = option.TakesValue ? [.. before ?? [], words[++i]] : [];
        }

        return new(values);
    }
}
