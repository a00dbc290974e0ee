using System.Diagnostics.CodeAnalysis;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Chains.Client;

/// <summary>
/// Named arguments of the plaitrc, for arguments that exceed the 510 bytes that tor can pass (N19). A bridge line names a profile with
/// <c>x-chain-profile=NAME</c>. For a key that both have, the bridge line's own counts.
/// </summary>
[ProgramSeam]
internal sealed class ArgumentProfiles(IReadOnlyDictionary<string, PtArguments> profiles)
{
    /// <summary>The argument of a bridge line that names a profile.</summary>
    internal const string Key = "x-chain-profile";

    /// <summary>Replaces the profile's name by the profile's arguments.</summary>
    internal bool TryExpand(
        PtArguments written, [NotNullWhen(true)] out PtArguments? expanded, [NotNullWhen(false)] out SafeText? error)
    {
        (expanded, error) = (written, null);
        if (written.First(Key) is not { } name)
        {
            return true;
        }

        if (!profiles.TryGetValue(name, out PtArguments? profile))
        {
            expanded = null;
            error = $"the bridge line asks for a profile that the plaitrc does not have; write a line 'Profile {PrintableName(name)} key=value ...'";
            return false;
        }

        HashSet<string> own = [.. written.Select(argument => argument.Key)];
        expanded = new(written.Where(argument => argument.Key != Key)
            .Concat(profile.Where(argument => !own.Contains(argument.Key))));
        return true;
    }

    private static SafeText PrintableName(string name) => TransportName.IsValid(name) ? SafeText.Name(name) : $"NAME";
}
