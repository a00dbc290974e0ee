using Plait.Native;
using Plait.Wire.Hints;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Configuration;

/// <summary>Reads a plaitrc: each line goes to the reader of its keyword, then the lines are reviewed together.</summary>
[ProgramSeam]
internal sealed class ConfigurationParser
{
    private static readonly Dictionary<string, ClientJointChoice> ClientJoints = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = ClientJointChoice.Automatic,
        ["proxy"] = ClientJointChoice.Proxy,
        ["shim"] = ClientJointChoice.Shim,
    };

    private static readonly Dictionary<string, ServerJointChoice> ServerJoints = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = ServerJointChoice.Automatic,
        ["extorport"] = ServerJointChoice.ExtOrPort,
        ["orport"] = ServerJointChoice.OrPort,
    };

    private static readonly Dictionary<string, WireChoice> Wires = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = WireChoice.Automatic,
        ["self"] = WireChoice.Self,
        ["plait"] = WireChoice.Plait,
    };

    private readonly string _fileName;
    private readonly FileNotes _notes = new();
    private readonly PluginReader _clientPlugins;
    private readonly PluginReader _serverPlugins;
    private readonly ChoiceReader<ClientJointChoice> _clientJoints;
    private readonly ChoiceReader<ServerJointChoice> _serverJoints;
    private readonly ChoiceReader<WireChoice> _clientWires;
    private readonly ChoiceReader<WireChoice> _serverWires;
    private readonly ServerLineReader _serverLines;
    private readonly AliasReader _aliases;
    private readonly ProfileReader _profiles;
    private readonly TunnelReader _tunnels;
    private readonly LimitsReader _limits;
    private readonly HashSet<string> _indirect = new(IndirectTransports.Names, StringComparer.Ordinal);
    private readonly Dictionary<string, Reader> _readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly IReadOnlyDictionary<string, TransportSource.InProcess> _registered;
    private bool _safeLogging = true;

    /// <param name="fileName">How problems call the file.</param>
    /// <param name="registered">Transports that an application has in code, by name.</param>
    internal ConfigurationParser(string fileName, IReadOnlyDictionary<string, TransportSource.InProcess>? registered = null)
    {
        _fileName = fileName;
        _registered = registered ?? new Dictionary<string, TransportSource.InProcess>();
        _notes.Cases.Know(_registered.Keys);
        _clientPlugins = new(PtRole.Client, _notes);
        _serverPlugins = new(PtRole.Server, _notes);
        _clientJoints = new(PtRole.Client, ClientJoints, _notes);
        _serverJoints = new(PtRole.Server, ServerJoints, _notes);
        _clientWires = new(PtRole.Client, Wires, _notes);
        _serverWires = new(PtRole.Server, Wires, _notes);
        _serverLines = new(_notes);
        _aliases = new(_notes);
        _profiles = new(_notes);
        _tunnels = new(_notes);
        _limits = new(_notes);
        AddReaders();
    }

    /// <summary>Every word that may begin a line, as the documentation spells it.</summary>
    internal IEnumerable<string> Keywords => _readers.Values.Select(reader => reader.Keyword);

    internal ConfigurationResult Parse(string text)
    {
        if (text.Length > PlaitConfiguration.MaxTextLength)
        {
            string what = $"{_fileName} is longer than 1 MiB and was not read";
            _notes.Problems.Report(null, what, "Name another file, or make it shorter.");
            return new(new(), _notes.Problems.InOrder());
        }

        foreach (ConfigurationLine line in LineReader.Read(text, _fileName, _notes.Problems))
        {
            Take(line);
            if (_notes.Problems.Full)
            {
                break;
            }
        }

        PlaitConfiguration configuration = Build();
        new ConfigurationReview(configuration, _notes).Run();
        return new(configuration, _notes.Problems.InOrder());
    }

    private void AddReaders()
    {
        Add("ClientTransportPlugin", _clientPlugins.Take);
        Add("ServerTransportPlugin", _serverPlugins.Take);
        Add("ServerTransportOptions", _serverLines.TakeOptions);
        Add("ServerTransportListenAddr", _serverLines.TakeListenAddress);
        Add("Alias", _aliases.Take);
        Add("IndirectTransport", TakeIndirect);
        Add("ClientTransportJoint", _clientJoints.Take);
        Add("ServerTransportJoint", _serverJoints.Take);
        Add("ClientTransportWire", _clientWires.Take);
        Add("ServerTransportWire", _serverWires.Take);
        Add("Profile", _profiles.Take);
        Add("Tunnel", _tunnels.Take);
        Add("SafeLogging", TakeSafeLogging);
        foreach (LimitWord word in LimitWord.All)
        {
            Add(word.Name, line => _limits.Take(line, word));
        }
    }

    private void Add(string keyword, Action<ConfigurationLine> take) => _readers.Add(keyword, new(keyword, take));

    private void Take(ConfigurationLine line)
    {
        if (_readers.TryGetValue(line.Keyword, out Reader? reader))
        {
            // Arguments of a program may be any bytes. Every other word is a name or an argument of pt-spec.
            if (reader.Keyword is not ("ClientTransportPlugin" or "ServerTransportPlugin") && !line.Words.All(SystemText.IsUtf8))
            {
                _notes.Report(line, "The line is not UTF-8, as only the arguments after exec PROGRAM may be", "Save the file as UTF-8.");
                return;
            }

            reader.Take(line with { Keyword = reader.Keyword });
        }
        else if (TorrcWords.Contains(line.Keyword))
        {
            _notes.Report(line, $"{line.Keyword} is a word of tor's own configuration", "Move the line to torrc.");
        }
        else
        {
            IReadOnlyList<string> closest = ClosestWord.Find(line.Keyword, Keywords);
            string instead = closest is []
                ? "Remove the line, or put # before it."
                : $"Did you mean {string.Join(" or ", closest)}?";
            _notes.Report(line, $"The word {QuotedName.Name(line.Keyword)} is not known", instead);
        }
    }

    private void TakeIndirect(ConfigurationLine line)
    {
        if (line.Words is not [var word])
        {
            string form = $"Write {line.Keyword} NAME[,NAME...], without blanks.";
            _notes.Report(line, $"{line.Keyword} takes one list of names", form);
            return;
        }

        foreach (string name in NameList.Read(word, line, _notes.Problems))
        {
            _indirect.Add(name);
            _notes.References.Add(new(line, name, Role: null, OrChain: false));
        }
    }

    private void TakeSafeLogging(ConfigurationLine line)
    {
        if (line.Words is not ["0" or "1"])
        {
            _notes.Report(
                line,
                $"{line.Keyword} is neither on nor off",
                $"Write {line.Keyword} 1, or {line.Keyword} 0 to let addresses and arguments into the logs.");
        }
        else if (_notes.First.Accept(line))
        {
            _safeLogging = line.Words[0] == "1";
        }
    }

    private PlaitConfiguration Build()
    {
        Dictionary<string, TransportDeclaration> client = Declare(PtRole.Client, _clientPlugins, _clientWires);
        Dictionary<string, TransportDeclaration> server = Declare(PtRole.Server, _serverPlugins, _serverWires);
        return new()
        {
            Client = new() { Transports = client },
            Server = new()
            {
                Transports = server,
                Options = _serverLines.Options,
                ListenAddresses = _serverLines.ListenAddresses,
            },
            Aliases = _aliases.Finish(client.Keys.Concat(server.Keys).ToHashSet(StringComparer.Ordinal)),
            Profiles = _profiles.Profiles,
            Tunnels = _tunnels.Tunnels,
            Limits = _limits.Finish(),
            SafeLogging = _safeLogging,
        };
    }

    private Dictionary<string, TransportDeclaration> Declare(PtRole role, PluginReader plugins, ChoiceReader<WireChoice> wires)
    {
        Dictionary<string, TransportDeclaration> transports = TransportDeclaration.InProcess();
        RegisteredTransports.AddTo(transports, _registered, role);
        foreach ((string name, TransportSource source) in plugins.Sources)
        {
            transports[name] = new(
                name, source, _indirect.Contains(name), _clientJoints.For(name), _serverJoints.For(name), wires.For(name));
        }

        return transports;
    }

    private sealed record Reader(string Keyword, Action<ConfigurationLine> Take);
}
