using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.Wire.Pt;

namespace Plait.Cli.Managed;

/// <summary>
/// Loads, on another processor, what the end of the start will use: the system's cryptography for passwords, sockets, the lines
/// of a child and our own. tor waits for the start, and loading takes longer than what is loaded works.
/// </summary>
internal static class Preparation
{
    /// <summary>Begins. Nothing depends on it.</summary>
    internal static void Begin() => Task.Run(Prepare);

    private static void Prepare()
    {
        try
        {
            RandomNumberGenerator.Fill(stackalloc byte[1]);
            Listen();
            Converse();
        }
        catch (Exception e) when (e is CryptographicException or SocketException)
        {
            // Whoever needs it will find out, and say so.
        }
    }

    private static void Listen()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    private static void Converse()
    {
        foreach (string line in new[] { "VERSION 1", "PROXY DONE", "CMETHOD a socks5 127.0.0.1:1", "CMETHODS DONE" })
        {
            _ = PtMessage.Parse(line).Format();
        }

        _ = new StatusMessage("a", [new("TYPE", "version")]).Format();
    }
}
