using System.Collections;
using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Our own environment, which has tor's requests, and is the base of a child's (E2). On Unix its values are bytes, which
/// .NET replaces where they are not UTF-8; so it is read from the C library, and <see cref="SystemText"/> keeps them.
/// </summary>
[ProgramSeam]
internal static class OwnEnvironment
{
    /// <summary>All variables. If a name appears twice, the first counts, as in getenv(3).</summary>
    internal static Dictionary<string, string> Read()
    {
        // environ(7)
        return !OperatingSystem.IsWindows() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "environ", out nint address)
            ? Read(Marshal.ReadIntPtr(address))
            : Split(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}"));
    }

    /// <summary>Reads an array of pointers to texts, with a null pointer at its end.</summary>
    internal static Dictionary<string, string> Read(nint array)
    {
        var entries = new List<string>();
        for (int i = 0; array != 0 && Marshal.ReadIntPtr(array, i * nint.Size) is not 0 and var text; i++)
        {
            entries.Add(SystemText.Decode(BytesAt(text)));
        }

        return Split(entries);
    }

    /// <summary>One variable; null if it is not set, or empty.</summary>
    internal static string? Value(string name) => Read().GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private static Dictionary<string, string> Split(IEnumerable<string> entries)
    {
        var variables = new Dictionary<string, string>();
        foreach (string entry in entries)
        {
            if (entry.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                variables.TryAdd(entry[..equals], entry[(equals + 1)..]);
            }
        }

        return variables;
    }

    private static unsafe ReadOnlySpan<byte> BytesAt(nint text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text);
}
