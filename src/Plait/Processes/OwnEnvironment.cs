using System.Collections;
using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Our own environment: what tor reports to us, and from which a child's is made (E2). On Unix its values are bytes, which
/// .NET replaces where they are not UTF-8; so it is read from the C library, and <see cref="SystemText"/> keeps them.
/// </summary>
internal static class OwnEnvironment
{
    /// <summary>All variables. Of a name that stands there twice, the first counts, as in getenv(3).</summary>
    internal static Dictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>();
        foreach (string entry in Entries())
        {
            if (entry.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                variables.TryAdd(entry[..equals], entry[(equals + 1)..]);
            }
        }

        return variables;
    }

    /// <summary>One variable; null if it is not set, or empty.</summary>
    internal static string? Value(string name) => Read().GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private static IEnumerable<string> Entries()
    {
        // environ(7): an array of pointers with a null pointer at its end.
        if (OperatingSystem.IsWindows() || !NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "environ", out nint address))
        {
            return Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}");
        }

        var entries = new List<string>();
        nint array = Marshal.ReadIntPtr(address);
        for (int i = 0; array != 0 && Marshal.ReadIntPtr(array, i * nint.Size) is not 0 and var text; i++)
        {
            entries.Add(SystemText.Decode(BytesAt(text)));
        }

        return entries;
    }

    private static unsafe ReadOnlySpan<byte> BytesAt(nint text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text);
}
