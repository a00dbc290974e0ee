using System.Globalization;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>A directory authority, known to every member by its keys. <see cref="ToString"/> is its torrc line.</summary>
internal sealed record DirectoryAuthority(
    string Nickname, string DataDirectory, int OrPort, int DirPort, string Fingerprint, string? V3Identity)
{
    // Seen: 0.3 s for a certificate on an idle machine; RSA keys are a matter of luck on a busy one.
    private static readonly TimeSpan KeyTimeout = TimeSpan.FromSeconds(60);

    public override string ToString() =>
        $"DirAuthority {Nickname} orport={OrPort} no-v2 {(V3Identity is null ? "bridge" : $"v3ident={V3Identity}")} " +
        $"127.0.0.1:{DirPort} {Fingerprint}";

    /// <summary>Makes the keys of an authority in its data directory.</summary>
    public static async Task<DirectoryAuthority> CreateAsync(string root, string nickname, bool isBridgeAuthority)
    {
        string directory = Path.Combine(root, nickname);
        int orPort = FreePorts.Take();
        int dirPort = FreePorts.Take();
        var torrc = new Torrc(nickname, directory).With($"ORPort 127.0.0.1:{orPort}", "SocksPort 0", "Log warn stdout");
        await RunAsync(Programs.Require("tor"), ["-f", torrc.Write(), "--list-fingerprint", "--quiet"]);
        string fingerprint = (await File.ReadAllTextAsync(Path.Combine(directory, "fingerprint"))).Trim().Split(' ')[1];
        string? identity = isBridgeAuthority ? null : await CreateV3IdentityAsync(Path.Combine(directory, "keys"), dirPort);
        return new(nickname, directory, orPort, dirPort, fingerprint, identity);
    }

    private static async Task<string> CreateV3IdentityAsync(string keys, int dirPort)
    {
        string certificate = Path.Combine(keys, "authority_certificate");
        await RunAsync(
            Programs.Require("tor-gencert"),
            [
                "--create-identity-key", "-m", "12", "-a", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{dirPort}"),
                "-i", Path.Combine(keys, "authority_identity_key"),
                "-s", Path.Combine(keys, "authority_signing_key"),
                "-c", certificate,
                "--passphrase-fd", "0",
            ],
            "for a test only\n");
        string[] lines = await File.ReadAllLinesAsync(certificate);
        return lines.First(line => line.StartsWith("fingerprint ", StringComparison.Ordinal)).Split(' ')[1];
    }

    private static async Task RunAsync(string program, string[] arguments, string input = "")
    {
        await using var run = RunningProgram.Start(program, arguments);
        await run.WriteAsync(input);
        run.CloseStdin();
        int code = await run.WaitForExitAsync(KeyTimeout);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program} exited with {code}\n{run.Lines.Tail()}\n{run.ErrorLines.Tail()}");
        }
    }
}
