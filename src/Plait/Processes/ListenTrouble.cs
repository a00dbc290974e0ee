using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;

namespace Plait.Processes;

/// <summary>Why a program, or Plait itself, cannot listen where a bridge is to be reached, and what its operator can do about it.</summary>
/// <param name="program">How messages call the program that listens.</param>
/// <param name="path">The file that it was started from: a capability belongs to it.</param>
/// <param name="address">Where it was to listen. Its port alone is shown (G5).</param>
internal sealed partial class ListenTrouble(SafeText program, string path, IPEndPoint address)
{
    private const int FirstFreePort = 1024; // ip(7): ip_unprivileged_port_start, where it cannot be read

    /// <summary>From a program's words, which are those of strerror(3); null if they are about something else.</summary>
    /// <remarks>A program may have listeners besides the one that it was asked for, such as snowflake's server for certificates: their port is in its words.</remarks>
    internal ProcessDown? Of(string words)
    {
        int port = PortIn(words) ?? address.Port;
        return Says(words, "address already in use") ? Taken(port)
            : Says(words, "cannot assign requested address") && port == address.Port ? NotOurs()
            : Says(words, "permission denied") && (Says(words, "bind") || Says(words, "listen")) && TakesACapability(port) ? Forbidden(port)
            : null;
    }

    /// <summary>From an error of our own bind(2) or listen(2).</summary>
    /// <param name="error">The error.</param>
    /// <param name="scrubber">For its text.</param>
    internal ProcessDown Of(SocketException error, Scrubber scrubber) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => Taken(address.Port),
        SocketError.AddressNotAvailable => NotOurs(),
        SocketError.AccessDenied when TakesACapability(address.Port) => Forbidden(address.Port),
        _ => new(ChainStage.Launch, FailureWords.CauseOf(error), $"port {address.Port} cannot be listened on: {scrubber.Scrub(error.Message)}"),
    };

    private static bool TakesACapability(int port) => port > 0 && port < FirstPortForAll();

    private ProcessDown Taken(int port) => new(ChainStage.Launch, FailureCause.NotPermitted, $"{program} cannot listen: another program has the port {port}")
    {
        Advice = $"find and stop it: sudo ss -ltnp sport = :{port}",
    };

    private ProcessDown NotOurs() => new(ChainStage.Launch, FailureCause.NotPermitted,
        $"{program} cannot listen: the address that ServerTransportListenAddr names is none of this machine")
    {
        Advice = $"write an address of this machine in ServerTransportListenAddr",
    };

    private ProcessDown Forbidden(int port)
    {
        SafeText what = $"{program} may not listen on port {port}: those below {FirstPortForAll()} need a capability";
        return HasNoNewPrivileges()
            ? new(ChainStage.Launch, FailureCause.NotPermitted, $"{what}, and NoNewPrivileges=yes of tor's service takes it away")
            {
                Advice = $"write NoNewPrivileges=no for that service (systemctl edit tor@default), and give the capability to the program that listens: {Command}",
            }
            : new(ChainStage.Launch, FailureCause.NotPermitted, what)
            {
                Advice = $"give it to the program that listens: {Command}. NoNewPrivileges=yes of tor's service would take it away again",
            };
    }

    /// <summary>setcap(8) takes no symbolic link.</summary>
    private SafeText Command
    {
        get
        {
            string file = path;
            try
            {
                file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                // Then the path as it was written.
            }

            return $"setcap cap_net_bind_service=+ep {SafeText.Own(file)}";
        }
    }

    /// <summary>Whether execve(2) gives no capabilities to the programs that Plait starts: PR_SET_NO_NEW_PRIVS is inherited (R15).</summary>
    private static bool HasNoNewPrivileges() => Read("/proc/self/status").Contains("NoNewPrivs:\t1", StringComparison.Ordinal);

    private static int FirstPortForAll() =>
        int.TryParse(Read("/proc/sys/net/ipv4/ip_unprivileged_port_start"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int first)
            ? first
            : FirstFreePort;

    private static string Read(string file)
    {
        PollerThread.AssertNot();
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return "";
        }
    }

    private static int? PortIn(string words) =>
        NamesAPort().Match(words) is { Success: true } match && int.TryParse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : null;

    /// <summary>Go's net.OpError: <c>listen tcp 0.0.0.0:443: bind: address already in use</c>.</summary>
    [GeneratedRegex(@"\blisten tcp[46]? \S*:(?<port>[0-9]{1,5}): ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NamesAPort();

    private static bool Says(string words, string error) => words.Contains(error, StringComparison.OrdinalIgnoreCase);
}
