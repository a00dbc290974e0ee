namespace Plait.Cli.Tunnels;

/// <summary>How the options that every run has are written, for messages: on a command line, or in the options of a plugin.</summary>
/// <param name="File">The plaitrc: <c>-f FILE</c>.</param>
/// <param name="State">The state directory.</param>
/// <param name="Name">The name of the tunnel.</param>
internal sealed record TunnelWords(string File, string State, string Name)
{
    /// <summary>The option of the plaitrc alone: <c>-f</c>.</summary>
    internal string FileOption => File[..^"FILE".Length].TrimEnd();

    internal static TunnelWords OfCommands { get; } = new("-f FILE", "--state DIR", "--name NAME");

    internal static TunnelWords OfPlugin { get; } = new("config=FILE", "state=DIR", "name=NAME");
}
