"""Spanish words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

SPANISH = Language(
    name="es",
    thanks="""
        gracias, muchas gracias, mil gracias, muchísimas gracias, gracias por todo, grax, gracia,
        grcs, te agradezco, le agradezco, se agradece, agradecido, agradecida, agradezco, muy
        agradecido, muy agradecida, otra vez gracias, de nuevo gracias, nuevamente gracias, gracias
        de nuevo, gracias nuevamente, gracias otra vez
    """,
    good="""
        ok, okay, okey, vale, oki, bien, perfecto, perfectamente, genial, excelente, estupendo,
        fenomenal, fantástico, buenísimo, súper, bueno, de lujo, guay, bárbaro, chévere, listo, de
        acuerdo, entendido, comprendido, recibido, anotado, claro, sí, si, sip, exacto, correcto,
        así es, confirmo, confirmado, funciona, funciona de nuevo, funcionan de nuevo, funciona
        nuevamente, funciona otra vez, de nuevo operativo, funcionan, funcionó, funcionando, ya va,
        ya me va, anda, sirvió, ya puedo entrar, ya puedo, puedo entrar, puedo acceder, puedo
        imprimir, pude entrar, ya está, quedó, solucionado, solucionada, resuelto, resuelta,
        arreglado, arreglada, hecho, terminado, en orden, todo en orden, sin problema, sin
        problemas, no hay problema, ningún problema, ya no hay problema, sin errores, sin error, ya
        no da error, ya no sale el error, ya no hay error, ya no hay errores, ya no aparece el
        error, nada más, eso era todo, eso es todo, es todo, problema resuelto, problema
        solucionado, el problema está resuelto, error resuelto, error solucionado, pueden cerrar,
        puede cerrar, puedes cerrar, se puede cerrar, podéis cerrar, pueden cerrarlo, puedes
        cerrarlo, puede cerrarse, cerrar, cerrarlo, de nada, con gusto, un placer, buen trabajo,
        gran trabajo, me ayudó, como siempre, como antes, por fin, al fin, eres el mejor, el mejor,
        los mejores, sois los mejores, crack, campeón, máquina, volvió a funcionar, ha vuelto a
        funcionar, vuelve a funcionar, volvió a la normalidad, todo normal, chachi, guai,
        restablecido
    """,
    hello="""
        hola, buenas, buenos días, buenas tardes, buenas noches, buen día, estimado, estimada,
        querido, querida, señor, señora, saludos, un saludo, saludos cordiales, cordialmente,
        atentamente, un abrazo, abrazo, abrazos, hasta luego, adiós, chao, feliz día, buen fin de
        semana, feliz fin de semana, que tengas buen día, que tenga buen día, equipo, chicos, amigo,
        amiga, compañero, compañeros
    """,
    small="""
        a, el, la, los, las, lo, un, una, de, del, al, y, e, o, en, es, está, están, era, fue, ha,
        he, me, te, se, le, les, nos, mi, tu, su, vuestra, vuestro, por, por la, por tu, por su, por
        el, para, con, ayuda, la ayuda, apoyo, respuesta, rapidez, atención, soporte, gestión,
        tiempo, paciencia, servicio, información, rápida, rápido, pronta, pronto servicio, muy, tan,
        mucho, muchas, muchos, mil, todo, toda, todos, ya, ahora, ahora sí, hoy, de verdad,
        realmente, amable, muy amable, ticket, caso, solicitud, incidencia resuelta, aquí, así,
        esto, eso, usted, ustedes, tú, yo, también por, pues, ah, oh, ay, jaja, jajaja, jeje,
        igualmente, a ti, a usted, a ustedes, a vosotros, a todos, que, correctamente, bien gracias,
        normalmente, de maravilla, infinitas, de corazón, por todo, por solucionarlo, por
        resolverlo, por arreglarlo, por la gestión, por la rapidez
    """,
    trouble="""
        sigue, siguen, sigo, seguimos, no funciona, no va, no anda, no funcionan, no puedo, error*,
        problema*, falla*, fallo*, fallando, roto, rota, averiad*, cae, cayó, caído, caída, cuelga,
        colgó, colgad*, bloquead*, bloqueó, lento, lenta, falta, faltan, perdí, perdió, desapareció,
        imposible, peor, mismo, misma, mismos, otra vez, volvió, vuelve, volvieron, regresó, a
        veces, a ratos, de vez en cuando, por favor, porfa, necesito, necesitamos, quiero, quisiera,
        quería, me gustaría, pueden, puede, puedes, podrían, podría, podrías, podéis, agregar,
        añadir, reabrir, reabran, reabra, ayer, negro, vacío, vacía, rechaza*, denegad*, caducad*,
        expiró, inválid*, nada más funciona, mal, malo, incorrecto, lamentablemente,
        desgraciadamente, pésimo, inútil, en vano, esperando, menos, excepto, sin funcionar, sin
        resolver, sin solución, sin acceso
    """,
    negation="""
        no, todavía, aún, nunca, jamás, nada, ningún, ninguno, ninguna, ni, sin, tampoco, nop
    """,
    unsettled="""
        mañana, luego, más tarde, después, lunes, martes, miércoles, jueves, viernes, próxima
        semana, pruebo, probar, probaré, probado, probando, reviso, revisar, revisaré, verifico,
        verificar, compruebo, comprobar, miro, mirar, veo, veré, veremos, ya veremos, voy, vamos a,
        aviso, te aviso, les aviso, le aviso, os aviso, cuando, cuándo, en cuanto, tal vez, quizás,
        quizá, a lo mejor, probablemente, parece*, espero, ojalá, esperemos, creo, supongo, debería,
        podría ser, sería, por ahora, de momento, hasta ahora, por el momento, vacaciones, no sé,
        cómo, por qué, cuál, cuáles, quién, dónde, hay que, tengo que, debo
    """,
    but="pero, sin embargo, aunque, salvo, solo que, sólo que, excepto que",
)
