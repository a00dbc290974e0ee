using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Storage;
using Plait.Wire.Pt;

namespace Plait.Cli.Tunnels;

/// <summary>How a run of tunnels shows itself: to a person and a service manager, or to the program that it is a plugin of.</summary>
internal abstract class TunnelFace
{
    /// <summary>A run of its own: it may draw a table on a terminal, and reports to a service manager.</summary>
    internal abstract bool IsService { get; }

    /// <summary>How a message calls the place where a near end listens: <c>the place</c> and these words.</summary>
    internal abstract string PlaceWords { get; }

    /// <summary>A failure that keeps a tunnel from starting, for a person.</summary>
    internal virtual string TextOf(ChainFailure failure) => WithoutTor.Of(failure.ToString());

    /// <summary>A near end listens.</summary>
    internal abstract void ShowNear(PlannedTunnel tunnel, ChainStart.Listening chain, TunnelLogger logger);

    /// <summary>A far end listens: shows what its near ends need, and writes it to a file.</summary>
    /// <exception cref="TunnelException">That cannot be made or written.</exception>
    internal abstract void ShowFar(
        TunnelSetup setup, PlannedTunnel tunnel, TunnelDefinition.Far far, ChainStart.Listening chain, string state, TunnelLogger logger);

    /// <summary>Writes what near ends need.</summary>
    /// <param name="tunnel">The tunnel, for messages.</param>
    /// <param name="what">How messages call it.</param>
    /// <param name="file">Where to.</param>
    /// <param name="advice">What to do if another kind of file is there.</param>
    /// <param name="text">A line.</param>
    /// <exception cref="TunnelException">It cannot be written.</exception>
    private protected static void Write(PlannedTunnel tunnel, string what, string file, string advice, string text)
    {
        if (Native.FileStatus.Of(file, follow: false) is { IsRegular: false })
        {
            throw new TunnelException(ExitCode.InputOutput, $"{tunnel.Name}: {what} is not written to {file}: it is no regular file; {advice}");
        }

        try
        {
            StateFile.Replace(file, [text]);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new TunnelException(ExitCode.InputOutput, $"{tunnel.Name}: {what} cannot be written to {file}: {e.Message}");
        }
    }
}
