using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Storage;
using Plait.Wire.Arguments;

namespace Plait.Transports.Obfs4;

/// <summary>
/// What a bridge keeps, in obfs4proxy's own files and form: a bridge moves from obfs4proxy to Plait and back, and keeps its line (O4-4 to O4-7).
/// </summary>
/// <param name="NodeId">Hexadecimal digits, as the file or the options have them; they are written back as they are.</param>
/// <param name="PrivateKey">The same.</param>
/// <param name="PublicKey">The same; never read, because it follows from the private key.</param>
/// <param name="Seed">The same.</param>
/// <param name="Mode">The server's mode, not checked.</param>
internal sealed record ServerState(string NodeId, string PrivateKey, string PublicKey, string Seed, int Mode)
{
    internal const string FileName = "obfs4_state.json";
    internal const string BridgeLineFileName = "obfs4_bridgeline.txt";

    private const string NodeIdKey = "node-id", PrivateKeyKey = "private-key", PublicKeyKey = "public-key";
    private const string SeedKey = "drbg-seed", ModeKey = "iat-mode";

    private static readonly SafeText s_restore = $"restore it from a backup; or remove it, and the bridge gets a new identity and a new bridge line";

    /// <summary>
    /// The state of a bridge: of its options, else of its file, which is made if there is none. Both files are written if their text changes;
    /// obfs4proxy writes them anew at every start (O4-5).
    /// </summary>
    /// <exception cref="TransportException">The options or the file cannot be used.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    internal static (ServerIdentity Identity, IatMode Mode) Load(string directory, PtArguments options)
    {
        string path = Path.Combine(directory, FileName);
        bool isFromFile = options.First(NodeIdKey) is null && options.First(PrivateKeyKey) is null && options.First(SeedKey) is null;
        ServerState state = isFromFile ? FromFile(path) : FromOptions(options);
        if (options.First(ModeKey) is { } mode)
        {
            state = state with
            {
                Mode = IatModes.TryParse(mode, out int number) ? number : throw Wrong($"malformed iat-mode: it has to be 0, 1 or 2"),
            };
        }

        ServerIdentity identity;
        try
        {
            identity = state.ToIdentity();
        }
        catch (TransportException e) when (isFromFile)
        {
            throw Damaged(e.Detail, e);
        }

        if (!IatModes.IsOne(state.Mode))
        {
            throw Wrong($"invalid iat-mode '{state.Mode}': it has to be 0, 1 or 2");
        }

        IatMode offered = IatModes.Offered((IatMode)state.Mode, new Shape(identity.Seed));
        StateFile.ReplaceIfChanged(Path.Combine(directory, BridgeLineFileName), BridgeLine(identity.Public, offered));
        StateFile.ReplaceIfChanged(path, state.Format());
        return (identity, (IatMode)state.Mode);
    }

    /// <summary>A new bridge. Its table of lengths has no 0: with one, the clients of obfs4proxy panic in mode 2 (O4-46).</summary>
    internal static ServerState Generate()
    {
        byte[] seed;
        do
        {
            seed = SecureRandom.Bytes(Drbg.SeedSize);
        }
        while (new Shape(seed).Lengths.Values.Contains((short)0));

        byte[] nodeId = SecureRandom.Bytes(BridgeIdentity.NodeIdSize);
        byte[] privateKey = SecureRandom.Bytes(Sodium.KeySize);
        try
        {
            using var identity = new ServerIdentity(nodeId, privateKey, seed);
            return new(
                Convert.ToHexStringLower(nodeId), Convert.ToHexStringLower(privateKey), Convert.ToHexStringLower(identity.Public.PublicKey),
                Convert.ToHexStringLower(seed), (int)IatMode.None);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>The text of the file: one line, without its end.</summary>
    internal string Format()
    {
        var text = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            writer.WriteString(NodeIdKey, NodeId);
            writer.WriteString(PrivateKeyKey, PrivateKey);
            writer.WriteString(PublicKeyKey, PublicKey);
            writer.WriteString(SeedKey, Seed);
            writer.WriteNumber(ModeKey, Mode);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Reads the text of the file. Keys that it does not know are passed over, as obfs4proxy does.</summary>
    /// <exception cref="TransportException">It is not the state of a bridge.</exception>
    internal static ServerState Parse(string text)
    {
        var strings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        int mode = 0;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException();
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                reader.Read();
                if (string.Equals(key, ModeKey, StringComparison.OrdinalIgnoreCase))
                {
                    mode = reader.GetInt32();
                }
                else if (reader.TokenType == JsonTokenType.String)
                {
                    strings[key] = reader.GetString()!;
                }
                else
                {
                    reader.Skip();
                }
            }

            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            {
                throw new JsonException();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Damaged($"it is not JSON as obfs4proxy writes it", e);
        }

        return new(
            strings.GetValueOrDefault(NodeIdKey, ""), strings.GetValueOrDefault(PrivateKeyKey, ""), strings.GetValueOrDefault(PublicKeyKey, ""),
            strings.GetValueOrDefault(SeedKey, ""), mode);
    }

    /// <summary>Nothing of it (G5).</summary>
    public override string ToString() => nameof(ServerState);

    private static ServerState FromFile(string path)
    {
        if (StateFile.ReadText(path) is { } text)
        {
            return Parse(text);
        }

        // Kept before anything else can fail, as obfs4proxy keeps it: what was announced once stays.
        ServerState made = Generate();
        StateFile.Replace(path, made.Format());
        return made;
    }

    private static ServerState FromOptions(PtArguments options)
    {
        string privateKey = options.First(PrivateKeyKey) ?? throw Wrong($"missing argument 'private-key'");
        string nodeId = options.First(NodeIdKey) ?? throw Wrong($"missing argument 'node-id'");
        string seed = options.First(SeedKey) ?? throw Wrong($"missing argument 'drbg-seed'");
        return new(nodeId, privateKey, "", seed, (int)IatMode.None);
    }

    private ServerIdentity ToIdentity()
    {
        byte[] nodeId = Bytes(NodeId, $"node-id");
        if (nodeId.Length != BridgeIdentity.NodeIdSize)
        {
            throw Wrong($"ntor: Invalid NodeID length: {nodeId.Length}");
        }

        byte[] privateKey = Bytes(PrivateKey, $"private-key");
        try
        {
            if (privateKey.Length != Sodium.KeySize)
            {
                throw Wrong($"ntor: Invalid Curve25519 private key length: {privateKey.Length}");
            }

            byte[] seed = Bytes(Seed, $"drbg-seed");
            if (seed.Length < Drbg.SeedSize)
            {
                throw Wrong($"invalid seed length: {seed.Length}");
            }

            return new(nodeId, privateKey, seed.AsSpan(0, Drbg.SeedSize));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    private static byte[] Bytes(string digits, SafeText key) =>
        Hex.TryRead(digits, out byte[]? bytes) ? bytes : throw Wrong($"malformed {key}: it is not made of pairs of hexadecimal digits");

    private static string BridgeLine(BridgeIdentity identity, IatMode mode) => $"""
        # obfs4 torrc client bridge line
        #
        # Plait writes this file when the bridge starts. A change to it has no
        # effect, and is lost at the next start.
        #
        # Before the line goes to users, put in:
        #  <IP ADDRESS>  the public address of the bridge
        #  <PORT>        the TCP port that clients connect to
        #  <FINGERPRINT> the bridge's fingerprint, from tor's data directory
        #
        # The rest is as clients need it.

        Bridge obfs4 <IP ADDRESS>:<PORT> <FINGERPRINT> cert={identity.Certificate} iat-mode={(int)mode}

        """;

    private static TransportException Wrong(SafeText detail) => new(FailureCause.ArgumentWrong, detail);

    private static TransportException Damaged(SafeText detail, Exception inner) =>
        new(FailureCause.StateDamaged, $"failed to load statefile obfs4_state.json: {detail}", inner) { Advice = s_restore };
}
