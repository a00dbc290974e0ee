using System.Net;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// The program that Plait starts: a few lines of shell that say what a transport says at its start, and leave what they were
/// told in a file. The transport itself is played here, by a <see cref="LoopbackServer"/>.
/// </summary>
internal sealed class ShamChild : IDisposable
{
    /// <summary>The name of its transport.</summary>
    internal const string Transport = "sham";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-fuzz-child-");

    /// <param name="methods">What it offers, lines of pt-spec.</param>
    internal ShamChild(params string[] methods)
    {
        string lines = string.Join("\\n", ["VERSION 1", .. methods]) + "\\n";
        File.WriteAllText(Script, $"env >'{Told}'\nprintf '{lines}'\nwhile read -r line; do :; done\n");
    }

    /// <summary>Its line of a plaitrc, after the keyword.</summary>
    internal string Command => $"{Transport} exec /bin/sh {Script}";

    private string Script => Path.Combine(_folder.FullName, "child");

    private string Told => Path.Combine(_folder.FullName, "told");

    /// <summary>A variable of its environment. It has been started.</summary>
    internal string Variable(string name) =>
        File.ReadLines(Told).First(line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    /// <summary>An address among its variables.</summary>
    internal IPEndPoint Address(string name) => IPEndPoint.Parse(Variable(name));

    public void Dispose() => _folder.Delete(recursive: true);
}
