using System.Text;

namespace Plait.Fuzz.Engine;

/// <summary>An input for which a target's invariant does not hold.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Kind">What is broken, without its numbers: two inputs of one kind are one finding.</param>
/// <param name="Input">The smallest input found.</param>
/// <param name="Details">The whole story, for a person.</param>
internal sealed record Finding(string Target, string Kind, byte[] Input, string Details)
{
    /// <summary>The kind of a run without an end.</summary>
    internal const string Hang = "hang";

    /// <summary>The kind of a heap that grows from run to run.</summary>
    internal const string Growth = "growth";

    /// <summary>Writes the input, and a text beside it, into <paramref name="folder"/>.</summary>
    /// <returns>The input's path.</returns>
    internal string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{Target}-{CorpusFolder.Digest(Input)}");
        File.WriteAllBytes(path, Input);
        File.WriteAllText(path + ".txt", $"{Target}: {Details}\n\n{Input.Length} bytes:\n{Show(Input)}\n");
        return path;
    }

    private static string Show(byte[] input)
    {
        var text = new StringBuilder();
        foreach (byte b in input)
        {
            bool plain = b is >= (byte)' ' and <= (byte)'~' and not (byte)'\\' or (byte)'\n';
            text.Append(plain ? $"{(char)b}" : $"\\x{b:x2}");
        }

        return text.ToString();
    }
}
