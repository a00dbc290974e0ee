using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Arguments;

namespace Plait.Transports.Obfs4;

/// <summary>
/// obfs4: a stream of random-looking bytes after a handshake that only a client with the bridge line can begin, and only the bridge can answer. A
/// prober without the line gets no byte. Lengths of bursts, and in the modes 1 and 2 the times between writes, are shaped.
/// </summary>
internal sealed class Obfs4Transport : IClientTransport, IServerTransport
{
    internal static readonly TimeSpan ClientTimeout = TimeSpan.FromSeconds(60); // O4-21
    internal static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(30);

    private static readonly SafeText s_library =
        SafeText.Own(OperatingSystem.IsWindows() ? "libsodium.dll" : OperatingSystem.IsMacOS() ? "libsodium.dylib" : "libsodium.so");

    public string Name => "obfs4";

    public TimeSpan? HandshakeTimeout => ClientTimeout;

    /// <summary>The originals close both sides at the first end that they see (S30).</summary>
    public bool EndsDirectionsApart => false;

    public bool KeepsState => true;

    /// <summary>Reads the arguments and makes the key pair, before anything is dialled (O4-1, O4-20).</summary>
    public IClientHandshake Prepare(ClientTransportContext context)
    {
        RequireSodium();
        BridgeIdentity identity = IdentityOf(context.Arguments);
        string mode = context.Arguments.First("iat-mode") ?? throw Wrong("the argument iat-mode is missing");
        if (!IatModes.TryParse(mode, out int number) || !IatModes.IsOne(number))
        {
            throw Wrong("the argument iat-mode is not 0, 1 or 2");
        }

        return new Obfs4Client(identity, (IatMode)number, KeyPair.Generate(), context.Time);
    }

    public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken)
    {
        RequireSodium();
        (ServerIdentity identity, IatMode mode) = ServerState.Load(context.StateDirectory!, context.Options);
        return new(new Obfs4Server(identity, mode, context.Time));
    }

    private static BridgeIdentity IdentityOf(PtArguments arguments)
    {
        if (arguments.First("cert") is { } certificate)
        {
            return BridgeIdentity.TryParse(certificate, out BridgeIdentity? identity)
                ? identity
                : throw Wrong("the argument cert is not that of an obfs4 bridge: it has 70 characters, without '=' at its end");
        }

        string nodeId = arguments.First("node-id") ?? throw Wrong("the argument cert is missing");
        string publicKey = arguments.First("public-key") ?? throw Wrong("the argument public-key is missing");
        return BridgeIdentity.TryParse(nodeId, publicKey, out BridgeIdentity? old)
            ? old
            : throw Wrong("the arguments node-id and public-key are not 40 and 64 hexadecimal digits");
    }

    private static void RequireSodium()
    {
        if (!Sodium.TryInitialize())
        {
            throw new TransportException(
                FailureCause.ProgramMissing, $"the library libsodium, which obfs4 inside Plait needs, is missing or lacks functions")
            {
                Advice = $"put a full build of {s_library} beside the program, or declare obfs4proxy for obfs4 in the plaitrc",
            };
        }
    }

    private static TransportException Wrong(string detail) => new(FailureCause.ArgumentWrong, SafeText.Own(detail))
    {
        Advice = $"copy the bridge line again",
    };
}
