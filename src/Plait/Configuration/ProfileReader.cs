using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads <c>Profile</c> lines. Lines of one name add up, because a certificate alone fills a line.</summary>
internal sealed class ProfileReader(FileNotes notes)
{
    /// <summary>The argument of a bridge line that asks for a profile.</summary>
    private const string ProfileKey = "x-chain-profile";

    private const string Form = "Write Profile NAME KEY=VALUE..., in as many lines as you like.";

    private readonly Dictionary<string, PtArguments> _profiles = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, PtArguments> Profiles => _profiles;

    internal void Take(ConfigurationLine line)
    {
        if (line.Words.Count < 2)
        {
            notes.Report(line, $"{line.Keyword} takes a name and at least one argument", Form);
            return;
        }

        string name = line.Words[0];
        if (!TransportName.IsValid(name))
        {
            notes.Report(line, $"{line.Keyword}: {QuotedName.Name(name)} is not a name", NameList.Identifier);
        }
        else if (!PtArguments.TryParseWords(line.Words.Skip(1), out PtArguments arguments, out string? error))
        {
            notes.Report(line, $"{line.Keyword} {QuotedName.Name(name)}: {error?.TrimEnd('.')}", Form);
        }
        else if (arguments.First(ProfileKey) is not null)
        {
            string what = $"{line.Keyword} {QuotedName.Name(name)} asks for another profile";
            notes.Report(line, what, $"Leave {ProfileKey} to bridge lines.");
        }
        else
        {
            _profiles[name] = new([.. _profiles.GetValueOrDefault(name, PtArguments.Empty), .. arguments]);
        }
    }
}
