using System.Net;
using Plait.Native;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads <c>ClientTransportPlugin</c> or <c>ServerTransportPlugin</c> lines.</summary>
/// <remarks>
/// After the names: <c>exec PROGRAM ARG...</c> (N5, N8), <c>socks4|socks5 ADDR:PORT</c> (N6), <c>library PATH [ENTRY ARG...]</c>, <c>assembly PATH TYPE</c>, a form of
/// <see cref="ListeningProgramReader"/>, or fog's form, the program at once. In the last form a blank after a comma would turn a name into
/// a program, so such mistakes are looked for.
/// </remarks>
internal sealed class PluginReader(PtRole role, FileNotes notes)
{
    /// <summary>The word after the names, and what reads the line.</summary>
    private static readonly Dictionary<string, Action<PluginReader, ConfigurationLine, List<string>>> s_forms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["exec"] = (reader, line, names) => reader.TakeProgram(line, names, line.Words.Skip(2)),
        ["socks4"] = (reader, line, names) => reader.TakeSocks(line, names, SocksVersion.Socks4),
        ["socks5"] = (reader, line, names) => reader.TakeSocks(line, names, SocksVersion.Socks5),
        ["library"] = (reader, line, names) => reader.TakeLibrary(line, names, inProcess: false),
        ["library-in-process"] = (reader, line, names) => reader.TakeLibrary(line, names, inProcess: true),
        ["assembly"] = (reader, line, names) => reader.TakeAssembly(line, names),
        ["tunnel"] = (reader, line, names) => reader.TakeListeningProgram(line, names),
        ["sip003"] = (reader, line, names) => reader.TakeListeningProgram(line, names),
        ["proxy"] = (reader, line, _) => reader.RefuseProxy(line),
    };

    private readonly Dictionary<string, TransportSource> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PluginLine Line, List<string> Transports)> _processes = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, TransportSource> Sources => _sources;

    internal void Take(ConfigurationLine line)
    {
        if (line.Words.Count < 2)
        {
            notes.Report(line, $"{line.Keyword} is not complete", Form(line));
            return;
        }

        if (line.Words[0].EndsWith(',') || line.Words[1].StartsWith(','))
        {
            ReportBlank(line);
            return;
        }

        List<string> names = NameList.Read(line.Words[0], line, notes.Problems);
        notes.Mentioned.UnionWith(names.Select(name => new Mention(role, name)));
        if (IsForm(line.Words[1]))
        {
            s_forms[line.Words[1]](this, line, names);
        }
        else if (line.Words.Count > 2 && IsForm(line.Words[2]))
        {
            ReportBlank(line); // obfs3 obfs4 exec ...
        }
        else
        {
            TakeProgram(line, names, line.Words.Skip(1)); // fog's form
        }
    }

    private static bool IsForm(string word) => s_forms.ContainsKey(word);

    private void RefuseProxy(ConfigurationLine line)
    {
        if (!RefusesSide(line, TransportSource.Unmanaged.Common))
        {
            notes.Report(line, $"{line.Keyword} does not take proxy, a word for servers", Form(line));
        }
    }

    /// <summary>Whether nothing of this kind can stand on the side; that is reported then, before the rest of the line is read.</summary>
    private bool RefusesSide(ConfigurationLine line, HopNature nature)
    {
        if (nature.LackOn(role) is { } lack)
        {
            notes.Report(
                line, $"{line.Keyword}: the transport {lack}",
                $"Write {line.Keyword} NAME exec PROGRAM ARG... for a pluggable transport, or "
                    + $"{line.Keyword} NAME tunnel exec PROGRAM ARG... {{listen}} {{target}} for a program that forwards to one address.");
            return true;
        }

        return false;
    }

    private void TakeListeningProgram(ConfigurationLine line, List<string> names)
    {
        if (!ListeningProgramReader.IsSocks(line) || !RefusesSide(line, TransportSource.SocksProgram.Common))
        {
            ReadListeningProgram(line, names);
        }
    }

    private void ReadListeningProgram(ConfigurationLine line, List<string> names)
    {
        if (new ListeningProgramReader(role, notes).Read(line, names) is { } source)
        {
            Declare(line, names, source);
        }
    }

    private void TakeSocks(ConfigurationLine line, List<string> names, SocksVersion version)
    {
        if (ListeningProgramReader.StartsAProgram(line))
        {
            TakeListeningProgram(line, names);
            return;
        }

        if (RefusesSide(line, TransportSource.Unmanaged.Common))
        {
            return;
        }

        string form = $"Write {line.Keyword} NAME {line.Words[1]} ADDR:PORT, and start the program yourself, "
            + $"or {line.Keyword} NAME {line.Words[1]} exec PROGRAM ARG... {{listen}}.";
        if (line.Words[0].Contains(','))
        {
            notes.Report(line, $"{line.Keyword} has several names for one SOCKS port", $"Give each name its own line. {form}");
        }
        else if (line.Words.Count != 3)
        {
            notes.Report(line, $"{line.Keyword} with {line.Words[1]} takes an address and nothing after it", form);
        }
        else if (!AddressText.TryParse(line.Words[2], out IPEndPoint? address) || address.Port == 0)
        {
            notes.Report(
                line,
                $"{line.Keyword} has no address and port that can be connected to",
                "Write an IP address, not a host name, and a port from 1 to 65535: 127.0.0.1:1080 or [::1]:1080.");
        }
        else
        {
            Declare(line, names, new TransportSource.Unmanaged(version, address));
        }
    }

    private void TakeProgram(ConfigurationLine line, List<string> names, IEnumerable<string> words)
    {
        string[] argv = [.. words];
        if (argv is [] or ["", ..])
        {
            notes.Report(line, $"{line.Keyword} names no program", Form(line));
            return;
        }

        if (!SystemText.IsUtf8(argv[0]))
        {
            notes.Report(
                line, $"{line.Keyword} names a program whose path is not UTF-8, and Plait cannot open such a path",
                "Rename the program, or make a link to it that is named in UTF-8.");
            return;
        }

        TakeProcess(line, names, argv, library: null);
    }

    private void TakeLibrary(ConfigurationLine line, List<string> names, bool inProcess)
    {
        string[] words = [.. line.Words.Skip(2)];
        string form = $"Write {line.Keyword} NAME[,NAME...] {line.Words[1]} /FULL/PATH.so [ENTRY [ARG...]].";
        if (words is [] or ["", ..])
        {
            notes.Report(line, $"{line.Keyword} names no library", form);
        }
        else if (!words.All(SystemText.IsUtf8))
        {
            notes.Report(line, $"{line.Keyword} has words after {line.Words[1]} that are not UTF-8", "Save the file as UTF-8.");
        }
        else if (!words[0].Contains('/', StringComparison.Ordinal) && !OperatingSystem.IsWindows())
        {
            // The system would look for a bare name in places that Plait does not know.
            notes.Report(line, $"{line.Keyword} names a library without its folder", form);
        }
        else if (words.Length > 1 && !TransportName.IsValid(words[1]))
        {
            notes.Report(line, $"{line.Keyword}: {QuotedName.Name(words[1])} is not the name of a function, which is an entry of the library", form);
        }
        else
        {
            TakeProcess(line, names, [words[0], .. words.Skip(2)], new(words.ElementAtOrDefault(1) ?? TransportLibrary.DefaultEntry, inProcess));
        }
    }

    private void TakeAssembly(ConfigurationLine line, List<string> names)
    {
        string form = $"Write {line.Keyword} NAME {line.Words[1]} /FULL/PATH.dll NAMESPACE.TYPE.";
        if (line.Words.Count != 4 || line.Words.Skip(2).Contains(""))
        {
            notes.Report(line, $"{line.Keyword} with {line.Words[1]} takes the path of an assembly, the name of a type, and nothing after it", form);
        }
        else if (!line.Words.All(SystemText.IsUtf8))
        {
            notes.Report(line, $"{line.Keyword} has words after {line.Words[1]} that are not UTF-8", "Save the file as UTF-8.");
        }
        else
        {
            names.ForEach(name => Declare(line, [name], new TransportSource.Assembly(name, line.Words[2], line.Words[3]) { At = line.At }));
        }
    }

    private void TakeProcess(ConfigurationLine line, List<string> names, string[] argv, LibraryEntry? library)
    {
        string key = $"{library}\0{string.Join('\0', argv)}"; // no word has control characters
        if (!_processes.TryGetValue(key, out (PluginLine Line, List<string> Transports) process))
        {
            var transports = new List<string>();
            process = (new(transports, argv[0], argv[1..], line.At) { Library = library }, transports);
            _processes.Add(key, process);
        }

        process.Transports.AddRange(Declare(line, names, new TransportSource.Managed(process.Line)));
    }

    private List<string> Declare(ConfigurationLine line, List<string> names, TransportSource source)
    {
        List<string> accepted = names.FindAll(name => notes.Cases.Accept(name, line) && notes.First.Accept(line, name));
        accepted.ForEach(name => _sources.Add(name, source));
        return accepted;
    }

    private void ReportBlank(ConfigurationLine line)
    {
        notes.Mentioned.UnionWith(line.Words.Take(2).SelectMany(word => word.Split(',')).Select(name => new Mention(role, name)));
        notes.Report(
            line,
            $"{line.Keyword} has a blank among its names",
            "Write the names with commas and no blanks between them, as in obfs3,obfs4.");
    }

    private string Form(ConfigurationLine line)
    {
        string external = role == PtRole.Client ? $", or {line.Keyword} NAME socks5 ADDR:PORT" : "";
        return $"Write {line.Keyword} NAME[,NAME...] exec PROGRAM ARG...{external}.";
    }
}
