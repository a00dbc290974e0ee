namespace Plait.Transports;

/// <summary>
/// The server side of a transport that runs inside Plait. It is prepared once for each place of a chain where it stands, and then accepts that
/// place's connections; it does not listen.
/// </summary>
public interface IServerTransport
{
    /// <summary>The transport's name, a C identifier (N1).</summary>
    string Name { get; }

    /// <summary>Whether it keeps files across restarts. If not, it gets no <see cref="ServerTransportContext.StateDirectory"/>.</summary>
    bool KeepsState => false;

    /// <summary>
    /// Prepares one place of a chain: reads the options, reads or makes its state. Called at the start of the bridge, in the thread pool;
    /// it may compute, and wait for files.
    /// </summary>
    /// <param name="context">The options, and where state is kept.</param>
    /// <param name="cancellationToken">Fires after <c>StartTimeout</c>, or when Plait stops.</param>
    /// <returns>What accepts the connections. Plait disposes it when the bridge stops.</returns>
    /// <exception cref="TransportException">
    /// The options or the state cannot be used: the chain fails with this reason. Use
    /// <see cref="Diagnostics.Failures.FailureCause.ArgumentWrong"/> for options,
    /// <see cref="Diagnostics.Failures.FailureCause.StateDamaged"/> for a file that is there and cannot be read.
    /// </exception>
    /// <exception cref="IOException">A file of the state directory cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file of the state directory may not be read or written.</exception>
    ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken);
}
