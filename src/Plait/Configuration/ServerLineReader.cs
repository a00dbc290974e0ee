using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Configuration;

/// <summary>Reads <c>ServerTransportOptions</c> and <c>ServerTransportListenAddr</c> lines (N21).</summary>
internal sealed class ServerLineReader(FileNotes notes)
{
    private readonly Dictionary<string, PtArguments> _options = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IPEndPoint> _listenAddresses = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, PtArguments> Options => _options;

    internal IReadOnlyDictionary<string, IPEndPoint> ListenAddresses => _listenAddresses;

    internal void TakeOptions(ConfigurationLine line)
    {
        const string Form = "Write ServerTransportOptions NAME KEY=VALUE..., with all the options of the name in one line.";
        if (line.Words.Count < 2)
        {
            notes.Report(line, $"{line.Keyword} takes a name and at least one option", Form);
        }
        else if (!PtArguments.TryParseWords(line.Words.Skip(1), out PtArguments arguments, out string? error))
        {
            notes.Report(line, $"{line.Keyword}: {error?.TrimEnd('.')}", Form);
        }
        else if (AcceptName(line, Form)) // tor silently ignores a second line
        {
            _options.Add(line.Words[0], arguments);
        }
    }

    internal void TakeListenAddress(ConfigurationLine line)
    {
        const string Form = "Write ServerTransportListenAddr NAME ADDR:PORT, as in obfs4 0.0.0.0:443 or obfs4 [::]:443.";
        if (line.Words.Count != 2)
        {
            notes.Report(line, $"{line.Keyword} takes a name and an address", Form);
        }
        else if (!AddressText.TryParse(line.Words[1], out IPEndPoint? address))
        {
            notes.Report(line, $"{line.Keyword} has no IP address with a port", Form);
        }
        else if (AcceptName(line, "Keep one of the two lines."))
        {
            _listenAddresses.Add(line.Words[0], address);
        }
    }

    private bool AcceptName(ConfigurationLine line, string insteadOfSecond)
    {
        string name = line.Words[0];
        if (!TransportName.IsValid(name))
        {
            string what = $"{line.Keyword}: {QuotedName.Name(name)} is not the name of a transport or chain";
            notes.Report(line, what, NameList.Identifier);
            return false;
        }

        notes.References.Add(new(line, name, PtRole.Server, OrChain: true));
        return notes.First.Accept(line, name, insteadOfSecond);
    }
}
